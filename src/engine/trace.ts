// Source-level traces through compiled code: the wasm frames of a JavaScript stack trace, mapped by the line tables.
//
// An error passes boundaries between the tiers on its way out, and at each the frames just left belong into the trace.
// Tier 0 adds its own. The frames of compiled code are a run of wasm frames in a stack trace: for an error made by
// compiled code or by a host function, the first run of its own; for one that tier 0 throws out to compiled code, the
// first run of a stack trace taken there. So however many frames lie further in, none of a run is lost.
import { lookupLine, type LineTable } from "../object/index.ts";
import { isStackExhaustion, ProgramError, runtimeError, trapCodes } from "../runtime/index.ts";

interface WasmFrame {
  readonly unit: string;
  readonly offset: number;
}

/** Compiled frames that called each other, innermost first. */
interface Run {
  readonly frames: readonly WasmFrame[];
  /** The stack trace ended before the run did. */
  readonly cut: boolean;
}

/** JavaScript frames in a stack trace while a program runs; of a longer run of compiled frames the outer ones are lost. */
const traceLimit = 4000;
/**
 * Frames of the first stack trace taken at a boundary; a run that is cut off is taken again. More than there are between a
 * boundary and the compiled code that called: if there is none in these, native code or tier 0 did.
 */
const firstSegment = 32;

const v8: object & { stackTraceLimit?: number } = Error;

/** Runs with stack traces long enough for `Traces`; the limit is V8's and is put back afterwards. */
export function withLongTraces<Result>(run: () => Result): Result {
  const before = v8.stackTraceLimit ?? 10;
  v8.stackTraceLimit = traceLimit;
  try {
    return run();
  } finally {
    v8.stackTraceLimit = before;
  }
}

const wasmFrame = /wasm:\/\/wasm\/([^:]*?)(?:-[0-9a-f]{8,})?:wasm-function\[\d+\]:0x([0-9a-f]+)/;

const jsFrame = /^ {4}at /;

/** The line tables of the loaded units, and the errors of compiled code with their places. */
export class Traces {
  readonly #tables = new Map<string, LineTable>();
  readonly #stopCode: () => "interrupted" | "time_limit";
  /** The frames that an error from tier 0 is going to leave. */
  readonly #ahead = new WeakMap<Error, Run>();

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

  /** Called where tier 0 throws an error out to compiled code. */
  enterCompiled(error: unknown): void {
    if (error instanceof Error) this.#ahead.set(error, callers());
  }

  /** The error has left native code, with the frames of that: there are no frames of wasm before the next boundary. */
  leaveNative(error: ProgramError): void {
    this.#ahead.set(error, { frames: [], cut: false });
  }

  /** What compiled code threw, as a `ProgramError` whose trace has the compiled frames just left; other errors as they are. */
  translate(error: unknown): unknown {
    // Frames of the library alone: compiled code called the host, which called the library.
    return this.#translate(error, (unit) => this.#tables.has(unit));
  }

  /** What the library threw to tier 0. */
  translateLibrary(error: unknown): unknown {
    return this.#translate(error, () => true);
  }

  #translate(error: unknown, counts: (unit: string) => boolean): unknown {
    if (!(error instanceof Error)) return error;
    const limit = v8.stackTraceLimit ?? 0;
    const run = this.#ahead.get(error) ?? firstRun(error.stack ?? "", limit, counts);
    const result = error instanceof ProgramError ? error : this.#fromHost(error, run);
    if (!(result instanceof ProgramError)) return result;
    // A stack that is full is found at the entry of the function that did not fit: the trace begins with its caller.
    const first = isStackExhaustion(error) ? 1 : 0;
    for (const frame of run.frames.slice(first)) this.#append(result, frame);
    if (run.cut) result.loseFrames();
    return result;
  }

  /** Traps and stack exhaustion of the wasm engine. */
  #fromHost(error: Error, run: Run): Error {
    if (isStackExhaustion(error)) return runtimeError("stack_overflow");
    if (error.name !== "RuntimeError") return error;
    const [top] = run.frames;
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

/** The units with frames on the stack; null if the stack is too deep to tell. */
export function runningUnits(): ReadonlySet<string> | null {
  const lines = (new Error("trace").stack ?? "").split("\n");
  if (lines.length >= (v8.stackTraceLimit ?? 0)) return null;
  return new Set(lines.map((line) => wasmFrame.exec(line)?.[1] ?? ""));
}

/**
 * The first run of wasm frames in a stack trace that was taken with this limit of frames. Runs in which no unit counts are
 * passed over.
 */
function firstRun(stack: string, limit: number, counts: (unit: string) => boolean): Run {
  let frames: WasmFrame[] = [];
  let lines = 0;
  for (const line of stack.split("\n")) {
    const match = wasmFrame.exec(line);
    if (match !== null) {
      frames.push({ unit: match[1] ?? "", offset: Number.parseInt(match[2] ?? "0", 16) });
    } else if (frames.some(({ unit }) => counts(unit))) return { frames, cut: false };
    else frames = [];
    if (match !== null || jsFrame.test(line)) lines += 1;
  }
  return { frames, cut: frames.length > 0 && lines >= limit };
}

/** The run of compiled frames that the caller was called from. */
function callers(): Run {
  const before = v8.stackTraceLimit ?? firstSegment;
  let run: Run = { frames: [], cut: false };
  for (let limit = firstSegment; limit < 8 * traceLimit; limit *= 8) {
    v8.stackTraceLimit = Math.min(limit, traceLimit);
    run = firstRun(new Error("trace").stack ?? "", v8.stackTraceLimit, () => true);
    if (!run.cut) break;
  }
  v8.stackTraceLimit = before;
  return run;
}
