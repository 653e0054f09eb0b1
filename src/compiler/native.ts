// Compilation of a unit to native code.
import type { LlvmCompileOptions, LlvmCompiler } from "../codegen/llvm/index.ts";
import type { MirModule } from "../ir/mir/index.ts";
import type { LowerRequest, ModuleFacts } from "../lower/index.ts";
import { currentAbi } from "../runtime/index.ts";
import type { ProfilingReport } from "./profiling.ts";
import { buildProfiledMir, type UnitOptions } from "./unit.ts";

/** Compiles the requested functions to an ELF object for the compiler's machine. Throws `LlvmError`. */
export function compileNativeUnit(
  facts: ModuleFacts,
  requests: readonly LowerRequest[],
  { options, compiler }: { readonly options: UnitOptions; readonly compiler: LlvmCompiler },
): Uint8Array {
  return compileProfiledUnit(facts, requests, { options, compiler }).object;
}

/** As `compileNativeUnit`; says what became of the options about profiles. */
export function compileProfiledUnit(
  facts: ModuleFacts,
  requests: readonly LowerRequest[],
  { options, compiler }: { readonly options: UnitOptions; readonly compiler: LlvmCompiler },
): { readonly object: Uint8Array; readonly report: ProfilingReport } {
  const { module, report } = buildProfiledMir(facts, requests, options);
  const { name, level } = options;
  return { object: compileNative(module, { name, level }, compiler), report };
}

/** Compiles a module that is ready for code generation. */
export function compileNative(
  module: MirModule,
  options: Pick<
    LlvmCompileOptions,
    "name" | "level" | "locations" | "pipeline" | "entries" | "runsOnce" | "comesAgain"
  >,
  compiler: LlvmCompiler,
): Uint8Array {
  return compiler.compile(module, { ...options, abiHash: currentAbi() });
}
