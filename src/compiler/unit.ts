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
import { pipelines, runPasses, type PassName } from "../opt/index.ts";
import {
  UnitProfiling,
  type Observing,
  type ProfilingReport,
  type Speculation,
} from "./profiling.ts";
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
  /** What the code is to note while it runs. At level 2 and above. */
  readonly observing?: Observing;
  /** What the code is made for; at level 2 and above. */
  readonly speculations?: readonly Speculation[];
}

const pipelineOf = { 0: pipelines.O0, 1: pipelines.O1, 2: pipelines.O2, 3: pipelines.O2 } as const;

/** Lowers and optimises the requested functions. */
export function buildMir(
  facts: ModuleFacts,
  requests: readonly LowerRequest[],
  options: UnitOptions,
): MirModule {
  return buildProfiledMir(facts, requests, options).module;
}

/** As `buildMir`; says what became of the options about profiles. */
export function buildProfiledMir(
  facts: ModuleFacts,
  requests: readonly LowerRequest[],
  options: UnitOptions,
): { readonly module: MirModule; readonly report: ProfilingReport } {
  const { safepoints = "stop", loopFuel = firstLoopFuel, slotCalls = false, level } = options;
  const module = lowerUnit(facts, requests, { safepoints, loopFuel, slotCalls });
  const { observing, speculations = [] } = options;
  const isProfiled = level >= 2 && (observing !== undefined || speculations.length > 0);
  const profiling = new UnitProfiling(observing, speculations);
  checkIf(options, module, "lower");
  if (isProfiled) {
    profiling.beforePasses(module);
    checkIf(options, module, "sites");
    run(module, pipelines.O2Inlined, options);
    profiling.afterInlining(module);
    checkIf(options, module, "entries");
    run(module, pipelines.O2Rest, options);
  } else run(module, pipelineOf[level], options);
  finish(module, level);
  checkIf(options, module, "roots");
  return { module, report: profiling.report() };
}

function run(module: MirModule, passes: readonly PassName[], { verify }: UnitOptions): void {
  if (verify !== true) runPasses(module, passes);
  else {
    runPasses(module, passes, {
      verifyAfterEach: (fn, pass) => check(verifyFunction(fn, module), pass),
    });
  }
}

function checkIf({ verify }: UnitOptions, module: MirModule, pass: string): void {
  if (verify === true) check(verifyModule(module), pass);
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
