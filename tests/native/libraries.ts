// Well-known libraries in C and C++ as objects: their sources, which `fetch-libraries.sh` gets, compiled by the compilers
// of this machine.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { EmulatedMachine } from "./machine.ts";
import { hasTool } from "./oracle.ts";

const folder =
  process.env["ANNEAL_C_LIBRARIES"] ?? path.join(import.meta.dirname, "../../.cache/c-libraries");

/** A library: which of its files are compiled, and how. */
interface LibrarySource {
  readonly files: (names: readonly string[]) => readonly string[];
  readonly flags: readonly string[];
  readonly language: "c" | "c++";
}

const cFiles = (names: readonly string[]): string[] => names.filter((name) => name.endsWith(".c"));

const sources = {
  zlib: { files: cFiles, flags: ["-DHAVE_UNISTD_H", "-DHAVE_STDARG_H"], language: "c" },
  lua: {
    // Without the two programs.
    files: (names) => cFiles(names).filter((name) => name !== "lua.c" && name !== "luac.c"),
    flags: ["-DLUA_COMPAT_5_3", "-DLUA_USE_POSIX"],
    language: "c",
  },
  sqlite: {
    files: () => ["sqlite3.c"],
    flags: ["-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_ENABLE_FTS5"],
    language: "c",
  },
  "double-conversion": {
    files: (names) => names.filter((name) => name.endsWith(".cc")),
    flags: ["-fno-exceptions", "-fno-rtti"],
    language: "c++",
  },
} as const satisfies Readonly<Record<string, LibrarySource>>;

/** The libraries by name. */
export type LibraryName = keyof typeof sources;

/** A compiler of this machine, by the names of its C and C++ drivers. */
export interface Compiler {
  readonly name: string;
  readonly c: string;
  readonly cxx: string;
  readonly flags: readonly string[];
}

/** Why tests with a library are skipped, for their names; empty if they are not. */
export function whyNoLibrary(library: LibraryName, compiler: Compiler): string {
  if (!existsSync(path.join(folder, library))) {
    return ` (skipped: no sources of ${library}; get them with tests/native/fetch-libraries.sh)`;
  }
  const driver = sources[library].language === "c" ? compiler.c : compiler.cxx;
  return hasTool(driver) ? "" : ` (skipped: no ${driver} on this machine)`;
}

/** Clang under the names that Debian gives it, the newest first. */
export const clang: Compiler = (() => {
  const version = ["", "-22", "-21", "-20", "-19", "-18"].find((each) => hasTool(`clang${each}`));
  const suffix = version ?? "";
  return { name: "clang", c: `clang${suffix}`, cxx: `clang++${suffix}`, flags: [] };
})();

/** GCC for this machine. */
export const gcc: Compiler = { name: "gcc", c: "gcc", cxx: "g++", flags: [] };

/** Compilers for another machine. */
export function crossCompilers(architecture: EmulatedMachine): readonly Compiler[] {
  const prefix = "aarch64-linux-gnu";
  if (architecture === "aarch64") {
    const flags = [`--target=${prefix}`, "-isystem", `/usr/${prefix}/include`];
    return [
      { name: `${prefix}-gcc`, c: `${prefix}-gcc`, cxx: `${prefix}-g++`, flags: [] },
      { ...clang, flags },
    ];
  }
  // The headers of the kernel are the same for 32 and 64 bits.
  const flags = ["-m32", "-idirafter", "/usr/include/x86_64-linux-gnu"];
  return [gcc, clang].map((compiler) => ({ ...compiler, flags }));
}

const run = promisify(execFile);
/** Compilers that work at the same time. */
const jobs = 4;

/** All files of a library compiled; its objects in the order of their names. They are kept for the next time. */
export async function compileLibrary(
  library: LibraryName,
  compiler: Compiler,
  flags: readonly string[],
): Promise<Uint8Array[]> {
  const { files, flags: own, language } = sources[library] as LibrarySource;
  const source = path.join(folder, library);
  const names = files(readdirSync(source).toSorted());
  const driver = language === "c" ? compiler.c : compiler.cxx;
  const all = [...compiler.flags, ...own, ...flags];
  const version = (await run(driver, ["--version"])).stdout;
  const key = createHash("sha256")
    .update([version, ...all].join("\0"))
    .digest("hex")
    .slice(0, 16);
  const kept = path.join(folder, ".objects", `${library}-${key}`);
  if (!existsSync(kept)) {
    const inputs = names.map((name) => path.join(source, name));
    const objects = await compileFiles(inputs, { driver, flags: all });
    keep(kept, objects);
    return objects;
  }
  return names.map((_, i) => Uint8Array.from(readFileSync(path.join(kept, `${i}.o`))));
}

/** The folder appears with all files in it; another process may have made it in the meantime. */
function keep(kept: string, objects: readonly Uint8Array[]): void {
  mkdirSync(path.dirname(kept), { recursive: true });
  const draft = mkdtempSync(`${kept}.`);
  for (const [i, bytes] of objects.entries()) writeFileSync(path.join(draft, `${i}.o`), bytes);
  try {
    renameSync(draft, kept);
  } catch {
    rmSync(draft, { recursive: true });
  }
}

/** The folder of a library, for files that include its headers. */
export function libraryFolder(library: LibraryName): string {
  return path.join(folder, library);
}

/** How files are compiled. */
export interface Compilation {
  readonly driver: string;
  readonly flags: readonly string[];
}

/** Compiles files; their objects in the same order. */
export async function compileFiles(
  inputs: readonly string[],
  { driver, flags }: Compilation,
): Promise<Uint8Array[]> {
  const out = mkdtempSync(path.join(tmpdir(), "anneal-library-"));
  const objects: Uint8Array[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < inputs.length; i = next++) {
      const object = path.join(out, `${i}.o`);
      await run(driver, ["-w", "-c", ...flags, inputs[i] ?? "", "-o", object]);
      objects[i] = Uint8Array.from(readFileSync(object));
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    rmSync(out, { recursive: true });
  }
  return objects;
}

/** A program in Lua, and what it returns. */
export const lua = {
  program: readFileSync(path.join(import.meta.dirname, "sources/program.lua"), "utf8"),
  answer:
    'BROWN,DOG,FOX,JUMPS,LAZY,OVER,QUICK,THE,THE;10;40;false;42;3.142|    7|"a\\\n";3;false;' +
    "bad argument #1 to _ (string expected, got no value);9007199254740992;3;time",
} as const;
