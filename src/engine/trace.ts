// Source-level traces through compiled code: the wasm frames of a JavaScript stack trace, mapped by the line tables.
//
// An error passes several boundaries between tier 0 and wasm code on its way out. At each the frames of the compiled
// code just left belong into the trace. The stack trace, taken when the error was made, holds all of them as runs of
// wasm frames between JavaScript frames; the n-th boundary that the error passes takes the n-th run.
import { lookupLine, type LineTable } from "../object/index.ts";
import { ProgramError, runtimeError, trapCodes } from "../runtime/index.ts";

interface PendingRuns {
  readonly runs: readonly (readonly WasmFrame[])[];
  next: number;
}

interface WasmFrame {
  readonly unit: string;
  readonly offset: number;
}

/** JavaScript frames kept in a stack trace while a program runs; compiled frames further out are not in traces. */
const traceLimit = 400;

/** Runs with stack traces long enough for `Traces`; the limit is V8's and is put back afterwards. */
export function withLongTraces<Result>(run: () => Result): Result {
  const host: object & { stackTraceLimit?: number } = Error;
  const before = host.stackTraceLimit ?? 10;
  host.stackTraceLimit = traceLimit;
  try {
    return run();
  } finally {
    host.stackTraceLimit = before;
  }
}

const wasmFrame = /wasm:\/\/wasm\/([^:]*?)(?:-[0-9a-f]{8,})?:wasm-function\[\d+\]:0x([0-9a-f]+)/;

export class Traces {
  readonly #tables = new Map<string, LineTable>();
  readonly #stopCode: () => "interrupted" | "time_limit";
  readonly #pending = new WeakMap<Error, PendingRuns>();

  /** `stopCode` says why a program that trapped at a safepoint is to stop. */
  constructor(stopCode: () => "interrupted" | "time_limit") {
    this.#stopCode = stopCode;
  }

  /** Makes the line table of a loaded unit known; `name` is its module name. */
  register(name: string, table: LineTable): void {
    this.#tables.set(name, table);
  }

  forget(name: string): void {
    this.#tables.delete(name);
  }

  /** What compiled code threw, as a `ProgramError` whose trace has the compiled frames just left; other errors as they are. */
  translate(error: unknown): unknown {
    if (!(error instanceof Error)) return error;
    const pending = this.#pending.get(error) ?? { runs: wasmRuns(error.stack ?? ""), next: 0 };
    const run = pending.runs[pending.next] ?? [];
    pending.next += 1;
    const result = error instanceof ProgramError ? error : this.#fromHost(error, run);
    if (!(result instanceof ProgramError)) return error;
    this.#pending.set(result, pending);
    for (const frame of run) this.#append(result, frame);
    return result;
  }

  /** Traps and stack exhaustion of the wasm engine. */
  #fromHost(error: Error, run: readonly WasmFrame[]): Error {
    if (error instanceof RangeError && /call stack/i.test(error.message)) {
      return runtimeError("stack_overflow");
    }
    if (error.name !== "RuntimeError") return error;
    const [top] = run;
    const table = top === undefined ? undefined : this.#tables.get(top.unit);
    const trap =
      top === undefined || table === undefined ? -1 : (lookupLine(table, top.offset)?.trap ?? -1);
    const code = trapCodes[trap];
    if (code === undefined) return error;
    return runtimeError(code === "interrupted" ? this.#stopCode() : code);
  }

  #append(error: ProgramError, frame: WasmFrame): void {
    const table = this.#tables.get(frame.unit);
    const found = table === undefined ? undefined : lookupLine(table, frame.offset);
    for (const source of found?.frames ?? []) error.addFrame(source);
  }
}

function wasmRuns(stack: string): WasmFrame[][] {
  const runs: WasmFrame[][] = [];
  let open: WasmFrame[] | null = null;
  for (const line of stack.split("\n")) {
    const match = wasmFrame.exec(line);
    if (match === null) {
      open = null;
      continue;
    }
    if (open === null) runs.push((open = []));
    open.push({ unit: match[1] ?? "", offset: Number.parseInt(match[2] ?? "0", 16) });
  }
  return runs;
}
