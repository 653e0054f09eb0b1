// Where libLLVM may be. What is found is tried in order, so newer versions come first.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The oldest major version of libLLVM that will do. */
export const oldestLlvm = 18;
/** The newest one whose C interface the binding was made for. */
export const newestLlvm = 22;

/** How to get libLLVM, for messages. */
export const howToGetLlvm = "apt install libllvm19 · dnf install llvm-libs · brew install llvm";

const multiarch: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
  ia32: "i386-linux-gnu",
};

function versions(): number[] {
  const all: number[] = [];
  for (let major = newestLlvm; major >= oldestLlvm; major -= 1) all.push(major);
  return all;
}

/** Folders of Debian and Ubuntu, then Fedora, then Homebrew. */
function folders(): string[] {
  const triplet = multiarch[process.arch];
  if (process.platform === "darwin") {
    const roots = ["/opt/homebrew/opt", "/usr/local/opt"];
    return roots.flatMap((root) =>
      ["llvm", ...versions().map((major) => `llvm@${major}`)].map((name) =>
        join(root, name, "lib"),
      ),
    );
  }
  return [
    ...versions().map((major) => `/usr/lib/llvm-${major}/lib`),
    ...(triplet === undefined ? [] : [`/usr/lib/${triplet}`]),
    ...versions().map((major) => `/usr/lib64/llvm${major}/lib`),
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/home/linuxbrew/.linuxbrew/opt/llvm/lib",
  ];
}

/** `libLLVM.so.19.1`, `libLLVM-19.so`, `libLLVM-18.so.1`, `libLLVM.dylib`, `libLLVM-C.so`; group 1 or 2 is the major version. */
const fileName = /^libLLVM(?:-(\d+))?(?:\.\d+)*\.(?:so|dylib)(?:\.(\d+)(?:\.\d+)*)?$/;

/** The major version that a file name says; 0 if it says none, undefined if it is no libLLVM. */
export function majorOfName(name: string): number | undefined {
  const match = fileName.exec(name);
  if (match === null) return undefined;
  return Number(match[1] ?? match[2] ?? 0);
}

/**
 * Files that may be a libLLVM of a version that fits, best first. `ANNEAL_LLVM`, a file or a folder, replaces the search.
 */
export function libraryCandidates(
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const given = environment["ANNEAL_LLVM"];
  if (given === undefined || given === "") return search(folders());
  const inside = search([given, join(given, "lib")]);
  if (inside.length > 0) return inside;
  return statSync(given, { throwIfNoEntry: false })?.isDirectory() === true ? [] : [given];
}

function search(places: readonly string[]): string[] {
  const found: { readonly path: string; readonly major: number }[] = [];
  for (const folder of places) {
    if (!existsSync(folder)) continue;
    for (const name of listFolder(folder)) {
      const major = majorOfName(name);
      if (major === undefined) continue;
      if (major !== 0 && (major < oldestLlvm || major > newestLlvm)) continue;
      found.push({ path: join(folder, name), major });
    }
  }
  return found.toSorted((a, b) => b.major - a.major).map(({ path }) => path);
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}
