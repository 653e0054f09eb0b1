// Functions of modules as values of JavaScript.
import type { NativeCallable } from "../native-host/index.ts";
import { JitError } from "./error.ts";
import type { FunctionState } from "./functions.ts";
import type { ModuleCode } from "./module.ts";
import type { JitProgram } from "./program.ts";
import { describeSignature, signatureOf, type JitArgument, type JitResult } from "./types.ts";

/** A function of a loaded module. Holds for good: it always runs the code that is in force. */
export interface JitFunction {
  readonly name: string;
  /** As LLVM writes it: `i64 fib(i64)`. */
  readonly signature: string;
  /** Where native callers go; the same in every level. */
  readonly address: number;
  /** Throws `JitError` if the arguments do not fit, or the module was unloaded; and what a callback has thrown. */
  call(...args: readonly JitArgument[]): JitResult;
}

/** Makes a function callable. Throws `JitError` if its types cannot be passed. */
export function bindFunction(
  program: JitProgram,
  module: ModuleCode,
  { name, state }: { readonly name: string; readonly state: FunctionState },
): JitFunction {
  const { part } = state;
  const address = module.entry(state);
  const { result, parameters, toNative, toJs } = signatureOf(part);
  const native = program.host.callable(address, result, parameters);
  let safe: NativeCallable | undefined;
  const run = (passed: readonly unknown[]): unknown => {
    const { safeCalls, host } = program;
    if (safeCalls === undefined) return native(...passed);
    safe ??= host.callable(safeCalls.safe(part), result, ["uintptr_t", ...parameters]);
    const value = safe(address, ...passed);
    safeCalls.rethrow();
    return value;
  };
  return {
    name,
    signature: describeSignature(part),
    address,
    call: (...args) => {
      if (!module.loaded) throw new JitError(`\`${name}\` is gone: its module was unloaded`);
      const passed = toNative(args);
      // Above the levels that count in the code itself.
      if (!module.counts(state.level)) state.calls += 1;
      program.depth += 1;
      try {
        return toJs(run(passed));
      } finally {
        program.leave();
      }
    },
  };
}
