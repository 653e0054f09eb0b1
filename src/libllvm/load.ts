// Loading libLLVM into this process.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import type { LlvmLibrary } from "../codegen/llvm/index.ts";
import { howToGetLlvm, libraryCandidates, newestLlvm, oldestLlvm } from "./find.ts";
import { bindFunctions, type Koffi, type LlvmFunctions } from "./functions.ts";
import { createLibrary } from "./library.ts";

const howToDoWithout = `without \`ANNEAL_LLVM\` the usual places are searched · ${howToGetLlvm}`;

/** What looking for libLLVM came to. */
export type LlvmSearch =
  | { readonly kind: "found"; readonly library: LlvmLibrary }
  /** `reason` says what was tried, `help` how to get it. */
  | { readonly kind: "absent"; readonly reason: string; readonly help: string };

/**
 * Loads the first libLLVM that fits; the package `koffi` is looked up from the file or URL `from`. Absence is an answer, not
 * an error.
 */
export function loadLlvm(
  from: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): LlvmSearch {
  const koffi = loadKoffi(from);
  if (koffi === undefined) {
    const reason = "the package `koffi`, which calls native libraries, is not installed";
    return { kind: "absent", reason, help: "npm install koffi" };
  }
  const given = environment["ANNEAL_LLVM"] ?? "";
  if (given !== "" && !existsSync(given)) {
    const reason = `\`ANNEAL_LLVM\` is \`${given}\`, which is not there`;
    return { kind: "absent", reason, help: howToDoWithout };
  }
  const refused: string[] = [];
  for (const path of libraryCandidates(environment)) {
    const found = tryLoad(koffi, path);
    if (typeof found !== "string") return { kind: "found", library: found };
    refused.push(found);
  }
  const versions = `version ${oldestLlvm} to ${newestLlvm}`;
  const why = refused.length === 0 ? `no libLLVM of ${versions} was found` : refused.join("; ");
  if (given === "") return { kind: "absent", reason: why, help: howToGetLlvm };
  const reason = `\`ANNEAL_LLVM\` is \`${given}\`: ${why}`;
  return { kind: "absent", reason, help: howToDoWithout };
}

function loadKoffi(from: string): Koffi | undefined {
  try {
    // Not imported: it is optional, and the bundles do without it.
    const koffi = createRequire(from)("koffi") as Koffi;
    enlargeStack(koffi);
    return koffi;
  } catch {
    return undefined;
  }
}

/** LLVM is recursive in the depth of what it compiles, and koffi's own stack has 2 MiB unless told otherwise. */
const nativeStackSize = 16 << 20;

function enlargeStack(koffi: Koffi): void {
  try {
    koffi.config({ sync_stack_size: nativeStackSize });
  } catch {
    // Somebody on this thread has used koffi before.
  }
}

/** The library, or why not. */
function tryLoad(koffi: Koffi, path: string): LlvmLibrary | string {
  let functions: LlvmFunctions;
  try {
    functions = bindFunctions(koffi, koffi.load(path));
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
  const [major, minor, patch] = [[0], [0], [0]];
  functions.LLVMGetVersion(major, minor, patch);
  const version = [major[0] ?? 0, minor[0] ?? 0, patch[0] ?? 0] as const;
  if (version[0] < oldestLlvm || version[0] > newestLlvm) {
    return `${path}: version ${version.join(".")}, but ${oldestLlvm} to ${newestLlvm} is needed`;
  }
  return createLibrary(functions, path, version);
}
