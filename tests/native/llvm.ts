// libLLVM for tests, and why tests that need it are skipped.
import { loadLlvm } from "../../src/libllvm/index.ts";
import type { LlvmLibrary } from "../../src/codegen/llvm/index.ts";

const search = loadLlvm(import.meta.url);

/** The library, or undefined. */
export const llvm: LlvmLibrary | undefined = search.kind === "found" ? search.library : undefined;

/** What to put into the names of tests that are skipped without libLLVM. */
export const whyNoLlvm: string =
  search.kind === "found" ? "" : ` (skipped: ${search.reason}; ${search.help})`;
