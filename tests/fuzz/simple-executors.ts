// The ways to run a program that must agree: interpreter of HIR, interpreter of MIR after each pass, wasm in the tiers.
import { DiagnosticSink, renderDiagnostic, SourceFile } from "../../src/base/index.ts";
import { frontend } from "../../src/compiler/index.ts";
import { Program, type EngineOptions } from "../../src/engine/index.ts";
import { runInterpreted } from "../../src/interp/index.ts";
import { MirInterpreter } from "../../src/interp/index.ts";
import type { HirModule } from "../../src/ir/hir/index.ts";
import { renderVerifyErrors, verifyModule, type MirModule } from "../../src/ir/mir/index.ts";
import { lowerUnit, ModuleFacts, type LowerRequest } from "../../src/lower/index.ts";
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

function interpretMir(module: MirModule, init: string): Outcome {
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
  try {
    const interpreter = new MirInterpreter([module], {
      memory: mirMemory,
      host: host.wasm,
      stepLimit: 20_000_000,
    });
    const [code] = interpreter.call(init, []);
    return describe(text, Number(code ?? 0), null);
  } catch (error) {
    return describe(text, 0, error);
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
  return lowerUnit(facts, requests, { safepoints: true, loopFuel: smallFuel });
}

function verified(module: MirModule): Outcome | null {
  const errors = verifyModule(module);
  return errors.length === 0 ? null : `not well formed: ${renderVerifyErrors(errors)}`;
}

export interface Run {
  readonly executor: string;
  readonly outcome: Outcome;
}

/** The MIR interpreter on the code as lowered and after each pass of O2 that changes anything. */
export function* runMir(module: HirModule): Generator<Run> {
  const init = initSymbol(module);
  const mir = lower(module, false);
  yield { executor: "mir", outcome: verified(mir) ?? interpretMir(mir, init) };
  yield* afterEachPass(mir, init, pipelines.O2);
}

function* afterEachPass(mir: MirModule, init: string, passes: readonly PassName[]): Generator<Run> {
  for (const [index, pass] of passes.entries()) {
    const executor = `mir after ${index + 1} ${pass}`;
    try {
      const [report] = runPasses(mir, [pass]);
      if (report?.changed === 0) continue;
    } catch (error) {
      yield { executor, outcome: describe({ out: "", err: "" }, 0, error) };
      return;
    }
    yield { executor, outcome: verified(mir) ?? interpretMir(mir, init) };
  }
}

/** So little that loop functions are suspended and resumed all the time. */
const smallFuel = 2;

/** As compiled code runs loops: as loop functions of their own. */
export function* runOutlined(module: HirModule): Generator<Run> {
  if (module.functions.every((fn) => fn.loopCount === 0)) return;
  const init = initSymbol(module);
  const mir = lower(module, true);
  yield { executor: "mir outlined", outcome: verified(mir) ?? interpretMir(mir, init) };
  runPasses(mir, pipelines.O2);
  yield { executor: "mir outlined O2", outcome: verified(mir) ?? interpretMir(mir, init) };
}

function initSymbol(module: HirModule): string {
  const init = module.functions[module.init];
  if (init === undefined) throw new Error("the module has no init");
  return init.symbol;
}

type TierOptions = Pick<EngineOptions, "mode" | "threshold" | "loopThreshold" | "loopFuel">;

/** Low thresholds, so that small programs change tier: by calls, and loops while they run. */
type Tier = readonly [string, TierOptions];

const tiers: readonly [Tier, ...Tier[]] = [
  ["wasm jit", { mode: "jit" }],
  ["wasm auto 1", { mode: "auto", threshold: 1, loopThreshold: 1, loopFuel: smallFuel }],
  ["wasm auto 3", { mode: "auto", threshold: 3, loopThreshold: 4, loopFuel: 5 }],
];

/** The engine in mode jit and in one of the ways of auto; `turn` says which, so that a campaign takes all in turn. */
export function* runWasm(module: HirModule, turn: number): Generator<Run> {
  const [jit, ...autos] = tiers;
  for (const [executor, options] of [jit, autos[turn % autos.length] ?? jit]) {
    yield { executor, outcome: runEngine(module, options) };
  }
}

function runEngine(module: HirModule, tier: TierOptions): Outcome {
  const text = { out: "", err: "" };
  const options: EngineOptions = {
    ...tier,
    clock,
    write: (stream, piece) => {
      text[stream] += piece;
    },
    // A program goes on without a unit that cannot be compiled; here that is a difference.
    onTierEvent: ({ reason }) => {
      if (reason.includes("compilation failed")) throw new Error(reason);
    },
  };
  try {
    const program = new Program(module, options, { warnings: [], time: 0, modules: [] });
    return describe(text, program.run(), null);
  } catch (error) {
    return describe(text, 0, error);
  }
}
