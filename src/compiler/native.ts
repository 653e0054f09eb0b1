// Compilation of a unit to native code.
import type { LlvmCompileOptions, LlvmCompiler } from "../codegen/llvm/index.ts";
import type { MirModule } from "../ir/mir/index.ts";
import type { LowerRequest, ModuleFacts } from "../lower/index.ts";
import { currentAbi } from "../runtime/index.ts";
import { buildMir, type UnitOptions } from "./unit.ts";

/** Compiles the requested functions to an ELF object for the compiler's machine. Throws `LlvmError`. */
export function compileNativeUnit(
  facts: ModuleFacts,
  requests: readonly LowerRequest[],
  { options, compiler }: { readonly options: UnitOptions; readonly compiler: LlvmCompiler },
): Uint8Array {
  const module = buildMir(facts, requests, options);
  return compileNative(module, { name: options.name, level: options.level }, compiler);
}

/** Compiles a module that is ready for code generation. */
export function compileNative(
  module: MirModule,
  options: Pick<
    LlvmCompileOptions,
    "name" | "level" | "locations" | "pipeline" | "entries" | "runsOnce"
  >,
  compiler: LlvmCompiler,
): Uint8Array {
  return compiler.compile(module, { ...options, abiHash: currentAbi() });
}
