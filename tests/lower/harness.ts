// Runs lowered programs in the MIR interpreter and compares with tier 0.
import { DiagnosticSink, renderDiagnostic, SourceFile } from "../../src/base/index.ts";
import { compileSource } from "../../src/frontend/simple/index.ts";
import { MirInterpreter, runInterpreted } from "../../src/interp/index.ts";
import type { HirModule } from "../../src/ir/hir/index.ts";
import { renderVerifyErrors, verifyModule, type MirModule } from "../../src/ir/mir/index.ts";
import {
  lowerUnit,
  ModuleFacts,
  type LowerRequest,
  type SafepointKind,
} from "../../src/lower/index.ts";
import { pipelines, runPasses } from "../../src/opt/index.ts";
import {
  createHost,
  dataStart,
  isHostSymbol,
  MemoryViews,
  ProgramError,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
} from "../../src/runtime/index.ts";

export interface LowerWay {
  readonly outlined?: boolean;
  readonly counted?: boolean;
  readonly safepoints?: SafepointKind;
  readonly fuel?: number;
  readonly optimized?: boolean;
}

/** What a run shows, as lines. */
export interface MirRun {
  readonly shown: string[];
  /** Function numbers that were reported for the next tier. */
  readonly reports: number[];
  /** The shadow stack pointer after the run; only an error may leave it elsewhere than at the start. */
  readonly stackPointer: number;
}

const clock = { monotonicNanos: () => 0n, unixMicros: () => 0n };

export function hirOf(source: string): HirModule {
  const sink = new DiagnosticSink();
  const module = compileSource(new SourceFile("test.spl", source), sink);
  if (module === null || sink.hasErrors) throw new Error(sink.all.map(renderDiagnostic).join("\n"));
  return module;
}

function show(out: string, end: number | ProgramError): string[] {
  if (typeof end === "number") return [out, `exit ${end}`];
  return [
    out,
    `${end.code}: ${end.message}`,
    ...end.trace.map((at) => `${at.function}:${at.line}:${at.column}`),
  ];
}

/** Tier 0: the reference. */
export function runHir(module: HirModule): string[] {
  const views = new MemoryViews({ buffer: new ArrayBuffer(1024) });
  const host = createHost({ clock, write: () => {}, memory: views });
  const { out, exitCode, error } = runInterpreted(module, (symbol) =>
    isHostSymbol(symbol) ? host.tierZero[symbol] : undefined,
  );
  return show(out, error ?? exitCode);
}

/** All functions of a module, and where loops are outlined their loop functions, in one unit. */
export function lowerAll(module: HirModule, way: LowerWay): MirModule {
  const facts = new ModuleFacts(module);
  const { outlined = false, counted = false, safepoints = "stop", fuel } = way;
  const requests = module.functions.flatMap((fn): LowerRequest[] => {
    const loops = facts.loops(fn.id).filter((loop) => loop.parent < 0);
    return [
      { kind: "function", function: fn.id, counted, outlined },
      ...(outlined ? loops : []).map(({ statement }): LowerRequest => ({
        kind: "loop",
        function: fn.id,
        loop: statement.loop,
      })),
    ];
  });
  const mir = lowerUnit(facts, requests, {
    safepoints,
    ...(fuel === undefined ? {} : { loopFuel: fuel }),
  });
  requireValid(mir);
  if (way.optimized === true) {
    runPasses(mir, pipelines.O2);
    requireValid(mir);
  }
  return mir;
}

function requireValid(mir: MirModule): void {
  const errors = verifyModule(mir);
  if (errors.length > 0) throw new Error(renderVerifyErrors(errors));
}

/** Runs lowered modules' init. `counters` are the call counters' start values by data symbol. */
export function runMir(
  mir: MirModule | readonly MirModule[],
  init: string,
  counters: Readonly<Record<string, number>> = {},
): MirRun {
  const memory = { buffer: new ArrayBuffer(512 * 1024) };
  const views = new MemoryViews(memory);
  // What an unwritten local of a frame holds must not matter.
  views.u8.fill(0xa5, shadowStackStart, dataStart);
  views.i32[shadowStackPointerAddress >> 2] = shadowStackStart;
  views.i32[shadowStackLimitAddress >> 2] = dataStart;
  let out = "";
  const reports: number[] = [];
  const host = createHost({
    clock,
    memory: views,
    write: (_, text) => (out += text),
    tierUp: (id) => reports.push(id),
  });
  const dataAddresses: Record<string, number> = {};
  let address = memory.buffer.byteLength - 64 * 1024;
  for (const [symbol, value] of Object.entries(counters)) {
    dataAddresses[symbol] = address;
    views.i32[address >> 2] = value;
    address += 8;
  }
  let shown: string[];
  try {
    const interpreter = new MirInterpreter([mir].flat(), {
      memory,
      host: host.wasm,
      dataAddresses,
    });
    const [code] = interpreter.call(init, []);
    shown = show(out, Number(code));
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    shown = show(out, error);
  }
  return { shown, reports, stackPointer: views.i32[shadowStackPointerAddress >> 2] ?? 0 };
}
