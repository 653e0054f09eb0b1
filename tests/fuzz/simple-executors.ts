// The ways to run a program that must agree: interpreter of HIR, interpreter of MIR after each pass, wasm in the tiers.
import { DiagnosticSink, renderDiagnostic, SourceFile } from "../../src/base/index.ts";
import { frontend } from "../../src/compiler/index.ts";
import { Program, type EngineOptions } from "../../src/engine/index.ts";
import { runInterpreted } from "../../src/interp/index.ts";
import { MirInterpreter } from "../../src/interp/index.ts";
import type { HirModule } from "../../src/ir/hir/index.ts";
import { renderVerifyErrors, verifyModule, type MirModule } from "../../src/ir/mir/index.ts";
import {
  insertRoots,
  lowerObjects,
  loopSignature,
  lowerUnit,
  ModuleFacts,
  type LowerRequest,
} from "../../src/lower/index.ts";
import { pipelines, runPasses, type PassName } from "../../src/opt/index.ts";
import {
  createHost,
  dataStart,
  isHostSymbol,
  MemoryViews,
  ProgramError,
  runtimeError,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
} from "../../src/runtime/index.ts";
import { UnitProfiling } from "../../src/compiler/profiling.ts";
import type { ProfilingReport } from "../../src/compiler/index.ts";
import { usesHeap } from "../../src/engine/heap.ts";
import { hotNative } from "../engine/hot-native.ts";
import { nativeBackend } from "../engine/native-backend.ts";
import { noteReader, type Visit } from "./first-notes.ts";
import { MirWorld, runtimeLibrary } from "./mir-world.ts";

/** What a run shows to the outside, as one text that can be compared. */
export type Outcome = string;

const clock = { monotonicNanos: () => 0n, unixMicros: () => 0n };

function describe(text: { out: string; err: string }, code: number, error: unknown): Outcome {
  return `${text.out}\n--- stderr\n${text.err}\n--- ${ending(code, error)}\n`;
}

function ending(code: number, error: unknown): string {
  if (error === null) return `exit ${code}`;
  if (!(error instanceof ProgramError)) {
    return `crash ${error instanceof Error ? (error.stack ?? error.message) : "without an Error"}`;
  }
  const frames = error.trace.map((at) => `at ${at.function}:${at.line}:${at.column}`);
  return [`error ${error.code}: ${error.message}`, ...frames].join("\n");
}

/** The HIR of a source text, or the diagnostics that refuse it. */
export function compile(source: string): HirModule | string {
  const sink = new DiagnosticSink();
  const module = frontend(new SourceFile("generated.spl", source), sink);
  if (module !== null && !sink.hasErrors) return module;
  const errors = sink.all.filter((one) => one.severity === "error");
  return errors.map((one) => renderDiagnostic(one)).join("\n");
}

/** Calls and back-edges of the reference run; generated programs stay far below, reduced ones may never end. */
const mostSteps = 3_000_000;
const stepsPerPoll = 1000;

/** The reference: tier 0. `null` if it does not end soon enough to be compared. */
export function interpretHir(module: HirModule): Outcome | null {
  return usesHeap(module) ? interpretInEngine(module, false) : interpretNumbers(module);
}

function interpretNumbers(module: HirModule): Outcome | null {
  const host = createHost({ clock, write: () => {}, memory: mirViews });
  let polls = 0;
  const poll = (): void => {
    polls += 1;
    if (polls * stepsPerPoll > mostSteps) throw runtimeError("time_limit");
  };
  try {
    const { out, err, exitCode, error } = runInterpreted(
      module,
      (symbol) => (isHostSymbol(symbol) ? host.tierZero[symbol] : undefined),
      { poll, pollInterval: stepsPerPoll },
    );
    if (error?.code === "time_limit") return null;
    return describe({ out, err }, exitCode, error);
  } catch (error) {
    return describe({ out: "", err: "" }, 0, error);
  }
}

/** One memory for all MIR runs; cleared before each. */
const mirMemory = { buffer: new ArrayBuffer(512 * 1024) };
const mirViews = new MemoryViews(mirMemory);

/** A program that is stopped when it has polled too often. */
class LimitedProgram extends Program {
  #steps = 0;
  readonly #interval: number;

  constructor(module: HirModule, options: EngineOptions) {
    super(module, options, { warnings: [], time: 0, modules: [] });
    this.#interval = options.pollInterval ?? enginePolls;
  }

  override poll(): void {
    this.#steps += this.#interval;
    if (this.#steps > mostSteps) throw runtimeError("time_limit");
    super.poll();
  }
}

/** Calls and back-edges between two polls of the engine. */
const enginePolls = 10_000;

/** `null` if the program does not end soon enough, or with an error of the machine's size and not its own. */
function interpretInEngine(module: HirModule, collectAlways: boolean): Outcome | null {
  const outcome = runEngine(module, { mode: "interpret", collectAlways });
  return /^--- error (?:time_limit|out_of_heap|stack_overflow)/mu.test(outcome) ? null : outcome;
}

/** Bytes; small, so that a program is loaded quickly and collects now and then. */
const heapBudget = 2 ** 20;

const worlds = new WeakMap<HirModule, MirWorld>();

/** Loading takes longer than running: one world for all runs of a program. */
function worldOf(program: HirModule): MirWorld {
  let world = worlds.get(program);
  if (world === undefined) worlds.set(program, (world = new MirWorld(program, heapBudget)));
  return world;
}

/** `null` if the outcome means nothing: the collector ran, and the code does not show its references yet. */
function interpretHeapMir(
  mir: MirModule,
  program: HirModule,
  { rooted, visit }: { readonly rooted: boolean; readonly visit?: Visit | undefined },
): Outcome | null {
  const text = { out: "", err: "" };
  const world = worldOf(program);
  world.reset(rooted, (stream, piece) => {
    text[stream] += piece;
  });
  let outcome: Outcome;
  const interpreter = new MirInterpreter([mir], {
    memory: world.memory,
    host: world.host,
    dataAddresses: world.addressesOf(mir),
    allocate: (typeId, size) => world.allocate(typeId, size),
    stepLimit: 20_000_000,
    ...(visit === undefined ? {} : { table: visit.table }),
  });
  visit?.before?.(world.views);
  try {
    const [code] = interpreter.call(initSymbol(program), []);
    outcome = describe(text, Number(code ?? 0), null);
  } catch (error) {
    outcome = describe(text, 0, error);
  }
  visit?.after?.(world.views);
  return !rooted && world.collections() > 0 ? null : outcome;
}

function interpretMir(module: MirModule, program: HirModule, visit?: Visit): Outcome | null {
  if (usesHeap(program)) return interpretHeapMir(module, program, { rooted: false, visit });
  return interpretNumericMir(module, initSymbol(program), visit);
}

function interpretNumericMir(module: MirModule, init: string, visit?: Visit): Outcome {
  const text = { out: "", err: "" };
  mirViews.u8.fill(0);
  mirViews.i32[shadowStackPointerAddress >> 2] = shadowStackStart;
  mirViews.i32[shadowStackLimitAddress >> 2] = dataStart;
  const host = createHost({
    clock,
    memory: mirViews,
    write: (stream, piece) => {
      text[stream] += piece;
    },
  });
  const interpreter = new MirInterpreter([module], {
    memory: mirMemory,
    host: host.wasm,
    stepLimit: 20_000_000,
    ...(visit === undefined ? {} : { table: visit.table }),
  });
  visit?.before?.(mirViews);
  try {
    const [code] = interpreter.call(init, []);
    return describe(text, Number(code ?? 0), null);
  } catch (error) {
    return describe(text, 0, error);
  } finally {
    visit?.after?.(mirViews);
  }
}

function lower(module: HirModule, outlined: boolean): MirModule {
  const facts = new ModuleFacts(module);
  const requests = module.functions.flatMap((fn): LowerRequest[] => {
    const request: LowerRequest = { kind: "function", function: fn.id, counted: false, outlined };
    if (!outlined) return [request];
    const loops = facts.loops(fn.id).filter((loop) => loop.parent < 0);
    return [
      request,
      ...loops.map(({ statement }): LowerRequest => ({
        kind: "loop",
        function: fn.id,
        loop: statement.loop,
      })),
    ];
  });
  return lowerUnit(facts, requests, { safepoints: "stop", loopFuel: smallFuel });
}

function verified(module: MirModule): Outcome | null {
  const errors = verifyModule(module);
  return errors.length === 0 ? null : `not well formed: ${renderVerifyErrors(errors)}`;
}

export interface Run {
  readonly executor: string;
  /** `null` if this way says nothing about this program. */
  readonly outcome: Outcome | null;
}

/**
 * The MIR interpreter on the code as lowered and after each pass of O2 that changes anything; of programs that use the heap
 * every third is run after each pass, the others after the last, as `turn` says.
 */
export function* runMir(module: HirModule, turn: number): Generator<Run> {
  const mir = lower(module, false);
  yield { executor: "mir", outcome: verified(mir) ?? interpretMir(mir, module) };
  if (!usesHeap(module) || turn % 3 === 0) yield* afterEachPass(mir, module, pipelines.O2);
  else yield afterAllPasses(mir, module);
  if (usesHeap(module)) yield finished("mir finished", mir, module);
}

function afterAllPasses(mir: MirModule, program: HirModule): Run {
  runPasses(mir, pipelines.O2);
  return { executor: "mir O2", outcome: verified(mir) ?? interpretMir(mir, program) };
}

function* afterEachPass(
  mir: MirModule,
  program: HirModule,
  passes: readonly PassName[],
): Generator<Run> {
  for (const [index, pass] of passes.entries()) {
    const executor = `mir after ${index + 1} ${pass}`;
    try {
      const [report] = runPasses(mir, [pass]);
      if (report?.changed === 0) continue;
    } catch (error) {
      yield { executor, outcome: describe({ out: "", err: "" }, 0, error) };
      return;
    }
    yield { executor, outcome: verified(mir) ?? interpretMir(mir, program) };
  }
}

/** With the references shown to the collector, which runs at every allocation. Nothing may follow for this module. */
function finished(executor: string, mir: MirModule, program: HirModule): Run {
  return { executor, outcome: runFinished(mir, program) };
}

function runFinished(mir: MirModule, program: HirModule, visit?: Visit): Outcome | null {
  lowerObjects(mir, { inline: true });
  insertRoots(mir);
  return verified(mir) ?? interpretHeapMir(mir, program, { rooted: true, visit });
}

/** So little that loop functions are suspended and resumed all the time. */
const smallFuel = 2;

/** As compiled code runs loops: as loop functions of their own. */
export function* runOutlined(module: HirModule): Generator<Run> {
  if (module.functions.every((fn) => fn.loopCount === 0)) return;
  const mir = lower(module, true);
  yield { executor: "mir outlined", outcome: verified(mir) ?? interpretMir(mir, module) };
  runPasses(mir, pipelines.O2);
  yield { executor: "mir outlined O2", outcome: verified(mir) ?? interpretMir(mir, module) };
  if (usesHeap(module)) yield finished("mir outlined finished", mir, module);
}

/** At the end of the memory of programs without a heap. */
const notesRoom = { address: 448 * 1024, size: 64 * 1024 };

/**
 * The MIR interpreter on code that notes what it works on, and then on code that was made for what was noted first: the guards of
 * that hold at the first call, and often not later.
 */
export function* runSpeculated(module: HirModule, outlined: boolean): Generator<Run> {
  const ending = outlined ? " outlined" : "";
  const room = usesHeap(module) ? worldOf(module).notes : notesRoom;
  const observing = lower(module, outlined);
  const entries = observing.functions.map(({ symbol, signature }) => ({
    symbol,
    isLoop: signature === loopSignature,
  }));
  const sites = entries.map(({ symbol }) => symbol);
  const { noted } = optimise(observing, new UnitProfiling({ room, entries, sites }, []));
  const { visit, speculations } = noteReader(noted, entries, room.address);
  yield {
    executor: `mir observing${ending}`,
    outcome: verified(observing) ?? interpretMir(observing, module, visit),
  };
  const mir = lower(module, outlined);
  const { guarded } = optimise(mir, new UnitProfiling(undefined, speculations()));
  if (guarded.length === 0) return;
  const numbered = { table: visit.table };
  yield {
    executor: `mir speculated${ending}`,
    outcome: verified(mir) ?? interpretMir(mir, module, numbered),
  };
  if (!usesHeap(module)) return;
  const executor = `mir speculated finished${ending}`;
  yield { executor, outcome: runFinished(mir, module, numbered) };
}

function optimise(module: MirModule, profiling: UnitProfiling): ProfilingReport {
  profiling.beforePasses(module);
  runPasses(module, pipelines.O2Inlined);
  profiling.afterInlining(module);
  runPasses(module, pipelines.O2Rest);
  return profiling.report();
}

function initSymbol(module: HirModule): string {
  const init = module.functions[module.init];
  if (init === undefined) throw new Error("the module has no init");
  return init.symbol;
}

type TierOptions = Pick<
  EngineOptions,
  | "mode"
  | "threshold"
  | "loopThreshold"
  | "loopFuel"
  | "collectAlways"
  | "optLevel"
  | "backend"
  | "native"
  | "background"
  | "sharedMemory"
  | "pollInterval"
>;

/** Low thresholds, so that small programs change tier: by calls, and loops while they run. */
type Tier = readonly [string, TierOptions];

const jit: Tier = ["wasm jit", { mode: "jit" }];
const autos: readonly [Tier, Tier] = [
  ["wasm auto 1", { mode: "auto", threshold: 1, loopThreshold: 1, loopFuel: smallFuel }],
  ["wasm auto 3", { mode: "auto", threshold: 3, loopThreshold: 4, loopFuel: 5 }],
];
const collecting: readonly Tier[] = [
  ["tier 0, always collecting", { mode: "interpret", collectAlways: true }],
  ["wasm jit, always collecting", { mode: "jit", collectAlways: true }],
  ["wasm auto 1, always collecting", { ...autos[0][1], collectAlways: true }],
  ["wasm auto 3, always collecting", { ...autos[1][1], collectAlways: true }],
];

/**
 * The engine in mode jit, in one of the ways of auto, and with a collection at every allocation in one of all ways;
 * `turn` says which, so that a campaign takes all in turn.
 */
export function* runWasm(module: HirModule, turn: number): Generator<Run> {
  const tiers = [jit];
  if (usesHeap(module)) tiers.push(collecting[(turn >> 1) % 4] ?? jit);
  if (!usesHeap(module) || turn % 2 === 0) tiers.push(autos[(turn >> 3) % 2] ?? jit);
  for (const [executor, options] of tiers) {
    yield { executor, outcome: runEngine(module, options) };
  }
}

const nativeLevels = [0, 1, 2, 3] as const;

/**
 * Native code at every level; then one of the ways of auto, or for programs that use the heap O2 with a collection at every
 * allocation, as `turn` says; of every third program auto with O3 for what seems to take much of the time. Throws on a machine without native code.
 */
export function* runNative(module: HirModule, turn: number): Generator<Run> {
  const backend = nativeBackend;
  if (backend === undefined) throw new Error("there is no native back end");
  const llvm = { backend: "llvm", native: () => backend } as const;
  const tiers: Tier[] = nativeLevels.map((optLevel) => [
    `llvm O${optLevel}`,
    { ...llvm, mode: "jit", optLevel },
  ]);
  const [name, options] = autos[(turn >> 1) % 2] ?? jit;
  if (usesHeap(module) && turn % 2 === 0) {
    tiers.push(["llvm O2, always collecting", { ...llvm, mode: "jit", collectAlways: true }]);
  } else tiers.push([name.replace("wasm", "llvm"), { ...options, ...llvm }]);
  if (turn % 3 === 0) tiers.push(["llvm up to O3", { ...autos[1][1], ...hotNative(backend) }]);
  for (const [executor, tier] of tiers) yield { executor, outcome: runEngine(module, tier) };
}

function runEngine(module: HirModule, tier: TierOptions): Outcome {
  const text = { out: "", err: "" };
  const options: EngineOptions = {
    ...tier,
    clock,
    heapBudget,
    library: runtimeLibrary,
    write: (stream, piece) => {
      text[stream] += piece;
    },
    // A program goes on without a unit that cannot be compiled; here that is a difference.
    onTierEvent: ({ reason }) => {
      if (reason.includes("compilation failed")) throw new Error(reason);
    },
  };
  let program: Program | undefined;
  try {
    program = new LimitedProgram(module, options);
    return describe(text, program.run(), null);
  } catch (error) {
    return describe(text, 0, error);
  } finally {
    program?.close();
  }
}
