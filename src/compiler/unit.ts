// Compilation of a unit: HIR functions and loop functions to one object.
import { emitObject } from "../codegen/wasm/index.ts";
import {
  renderVerifyErrors,
  verifyFunction,
  verifyModule,
  type MirModule,
  type VerifyError,
} from "../ir/mir/index.ts";
import {
  insertRoots,
  lowerObjects,
  lowerUnit,
  type LowerRequest,
  type ModuleFacts,
  type SafepointKind,
} from "../lower/index.ts";
import { pipelines, runPasses } from "../opt/index.ts";
import { currentAbi, firstLoopFuel } from "../runtime/index.ts";

/** How much is optimised: the pipelines `O0` to `O3` of `opt`. */
export type OptLevel = 0 | 1 | 2 | 3;

/** How a unit is compiled. */
export interface UnitOptions {
  /** Module name of the object; stack traces show it. */
  readonly name: string;
  readonly level: OptLevel;
  /** Check the MIR after lowering and after every pass. For tests: it costs as much as the compilation. */
  readonly verify?: boolean;
  /** What code does when the control word is set. Default `stop`. */
  readonly safepoints?: SafepointKind;
  /** Calls go through slots, so that each function can be replaced alone. Default false. */
  readonly slotCalls?: boolean;
  /** Fuel of the first call of a loop function; for tests. Default `firstLoopFuel`. */
  readonly loopFuel?: number;
  /** Whether the program's memory is shared. Default false. */
  readonly sharedMemory?: boolean;
  /** As `EmitOptions.forwardCalls`. */
  readonly forwardCalls?: boolean;
}

const pipelineOf = { 0: pipelines.O0, 1: pipelines.O1, 2: pipelines.O2, 3: pipelines.O2 } as const;

/** Lowers and optimises the requested functions. */
export function buildMir(
  facts: ModuleFacts,
  requests: readonly LowerRequest[],
  options: UnitOptions,
): MirModule {
  const { safepoints = "stop", loopFuel = firstLoopFuel, slotCalls = false } = options;
  const module = lowerUnit(facts, requests, { safepoints, loopFuel, slotCalls });
  if (options.verify !== true) {
    runPasses(module, pipelineOf[options.level]);
    finish(module, options.level);
    return module;
  }
  check(verifyModule(module), "lower");
  runPasses(module, pipelineOf[options.level], {
    verifyAfterEach: (fn, pass) => check(verifyFunction(fn, module), pass),
  });
  finish(module, options.level);
  check(verifyModule(module), "roots");
  return module;
}

/** What every module needs before code is generated; no pass may follow. */
function finish(module: MirModule, level: OptLevel): void {
  lowerObjects(module, { inline: level >= 2 });
  insertRoots(module);
}

/** The wasm object of a MIR module. */
export function emitUnit(
  module: MirModule,
  options: Pick<UnitOptions, "name" | "sharedMemory" | "forwardCalls">,
): Uint8Array {
  const { name, sharedMemory = false, forwardCalls = false } = options;
  return emitObject(module, { name, abiHash: currentAbi(), sharedMemory, forwardCalls });
}

/** Optimises a MIR module that is well-formed, in place, and compiles it to a wasm object. */
export function compileMir(
  module: MirModule,
  options: Pick<UnitOptions, "name" | "level" | "sharedMemory">,
): Uint8Array {
  prepareMir(module, options.level);
  return emitUnit(module, options);
}

/** Optimises a MIR module that is well-formed, in place, and makes it ready for code generation. */
export function prepareMir(module: MirModule, level: OptLevel): void {
  runPasses(module, pipelineOf[level]);
  finish(module, level);
}

/** Compiles the requested functions to a wasm object. */
export function compileUnit(
  facts: ModuleFacts,
  requests: readonly LowerRequest[],
  options: UnitOptions,
): Uint8Array {
  return emitUnit(buildMir(facts, requests, options), options);
}

function check(errors: readonly VerifyError[], pass: string): void {
  if (errors.length > 0) throw new Error(`after ${pass}:\n${renderVerifyErrors(errors)}`);
}
