// What can run MIR: a target makes a runnable thing of a module.
//
// The slot of a declared `@g` holds the function `@impl.g` of the file; host functions are the runtime's.
import { MirInterpreter, type MirHostFunction, type MirValue } from "../../src/interp/index.ts";
import type { MirModule } from "../../src/ir/mir/index.ts";
import { indexError, mathHost, runtimeError, trapCodes } from "../../src/runtime/index.ts";

/** Calls a function with fresh memory; throws `ProgramError` for a trap. */
export type Runner = (symbol: string, args: readonly MirValue[]) => readonly MirValue[];

export interface Target {
  readonly name: string;
  /** The module must be well-formed. */
  readonly prepare: (module: MirModule) => Runner;
}

/** The symbols of the slots that a module calls. */
export function slotSymbols(module: MirModule): string[] {
  return module.declarations
    .filter(({ linkage }) => linkage === "slot")
    .map(({ symbol }) => symbol);
}

/** The function that stands for what another object would put into the slot. */
export function implSymbol(slot: string): string {
  return `impl.${slot}`;
}

export const testHost: Readonly<Record<string, MirHostFunction>> = {
  ...mathHost,
  rt_trap: (code: number) => {
    throw runtimeError(trapCodes[code] ?? "unreachable");
  },
  rt_poll: () => {
    throw runtimeError("interrupted");
  },
  rt_index_error: (index: bigint, length: bigint) => {
    throw indexError(index, length);
  },
};

const stepLimit = 10_000_000;

export const interp: Target = {
  name: "interp",
  prepare: (module) => (symbol, args) => {
    const options = {
      host: testHost,
      stepLimit,
      slots: (slot: string) => (values: readonly MirValue[]) =>
        interpreter.call(implSymbol(slot), values),
    };
    const interpreter = new MirInterpreter([module], options);
    return interpreter.call(symbol, args);
  },
};
