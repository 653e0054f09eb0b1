// Runtime errors: one text for each in every tier.
import { preludePath } from "../base/index.ts";
import type { IntValue } from "./int.ts";
import { controlInterrupt } from "./layout.ts";

/** Codes that compiled code raises by number; the number is the index. Part of the ABI: append only. */
export const trapCodes = [
  "division_by_zero",
  "modulo_by_zero",
  "unreachable",
  "stack_overflow",
  "interrupted",
] as const;

/** An error that compiled code raises by number. */
export type TrapName = (typeof trapCodes)[number];

/** Codes whose message is always the same. */
type PlainErrorCode = TrapName | "time_limit";

/** Why a program stopped. The codes never change; the messages may. */
export type RuntimeErrorCode = PlainErrorCode | "fail" | "index_out_of_range" | "out_of_heap";

/** The text of each error that always has the same. */
export const runtimeErrorMessages: Readonly<Record<PlainErrorCode, string>> = {
  division_by_zero: "division by zero",
  modulo_by_zero: "modulo by zero",
  unreachable: "reached code that cannot be reached",
  stack_overflow: "stack overflow",
  interrupted: "interrupted",
  time_limit: "time limit exceeded",
};

/** One entry of a source-level stack trace, innermost first. Lines and columns from 1; line 0 where it is not known. */
export interface TraceFrame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A trace keeps this many of the innermost and of the outermost frames. */
const keptFrames = 50;

/** A runtime error of the user's program, with the same message and trace in every tier. */
export class ProgramError extends Error {
  readonly code: RuntimeErrorCode;
  /**
   * Innermost frame first; filled by `addFrame` while the error passes through the frames of the tiers. Where frames
   * were omitted, they are missing in front of index `gap`.
   */
  readonly trace: TraceFrame[] = [];
  /** What the user can do about it; null if there is nothing to say. */
  readonly help: string | null;
  #omitted = 0;
  #incomplete = false;
  #gap = keptFrames;

  constructor(code: RuntimeErrorCode, message: string, help: string | null = null) {
    super(message);
    this.name = "ProgramError";
    this.code = code;
    this.help = help;
  }

  /** How many frames are missing from the middle of the trace; at least so many if it is incomplete. */
  get omittedFrames(): number {
    return this.#omitted;
  }

  /** Whether frames are missing that nobody counted. */
  get incomplete(): boolean {
    return this.#incomplete;
  }

  /** The index in the trace of the first frame behind the gap, where frames are missing. */
  get gap(): number {
    return Math.min(this.#gap, this.trace.length);
  }

  /** Notes that an unknown number of frames is missing outwards of those added so far; the gap is moved there. */
  loseFrames(): void {
    this.#incomplete = true;
    this.#gap = this.gap;
    this.#omitted += this.trace.splice(this.#gap).length;
  }

  /**
   * Adds the next frame outwards; the trace's memory stays bounded however deep the stack was. Frames of the prelude are
   * left out: the error is the user's call.
   */
  addFrame(frame: TraceFrame): void {
    if (frame.file === preludePath) return;
    this.trace.push(frame);
    if (this.trace.length > 2 * keptFrames) {
      this.trace.splice(this.#gap, 1);
      this.#omitted += 1;
    }
  }
}

/** The error that a control word that is not 0 asks for. */
export function stopCode(controlWord: number): "interrupted" | "time_limit" {
  return (controlWord & controlInterrupt) !== 0 ? "interrupted" : "time_limit";
}

/** A runtime error with the standard text of its code and an empty trace. */
export function runtimeError(code: PlainErrorCode): ProgramError {
  return new ProgramError(code, runtimeErrorMessages[code]);
}

/** An index that is not in an array, a text or the like. */
export function indexError(index: IntValue, length: IntValue): ProgramError {
  return new ProgramError(
    "index_out_of_range",
    `index ${index} is out of range for length ${length}`,
  );
}

/** `used` and `needed` in bytes; `budget` is the size of the program's memory. */
export function outOfHeap(used: number, needed: number, budget: number): ProgramError {
  const more = `${Math.max(2, Math.ceil(budget / 2 ** 19))}MiB`;
  return new ProgramError(
    "out_of_heap",
    `out of heap: ${displayBytes(used)} in use, needed ${displayBytes(needed)} more`,
    `run it with a larger --heap, such as --heap ${more}`,
  );
}

/** A number of bytes for people: `48 bytes`, `1.5 KiB`, `4 MiB`. */
export function displayBytes(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const [size, unit] = bytes < 2 ** 20 ? [bytes / 1024, "KiB"] : [bytes / 2 ** 20, "MiB"];
  return `${size >= 100 ? Math.round(size) : Math.round(size * 10) / 10} ${unit}`;
}

const shownInnermost = 10;
const shownOutermost = 5;

/**
 * The lines of an error's trace, `at fib (a.spl:3:5)`; the middle of a long one is one line with a count, which says "at
 * least" where the trace is incomplete.
 */
export function renderTrace(error: ProgramError): string[] {
  const { trace, omittedFrames, incomplete, gap } = error;
  const lines = trace.map(({ function: name, file, line, column }) =>
    line === 0 ? `at ${name} (${file})` : `at ${name} (${file}:${line}:${column})`,
  );
  const innermost = incomplete ? Math.min(shownInnermost, gap) : shownInnermost;
  const outermost = incomplete ? Math.min(shownOutermost, lines.length - gap) : shownOutermost;
  const hidden = lines.length + omittedFrames - innermost - outermost;
  if (hidden <= 1 && omittedFrames === 0 && !incomplete) return lines;
  const count = incomplete ? (hidden === 0 ? "more" : `at least ${hidden} more`) : `${hidden} more`;
  const end = lines.slice(lines.length - outermost);
  return [...lines.slice(0, innermost), `… ${count} …`, ...end];
}

/** Whether an error says that the host's stack is used up. Hosts have no code for it: V8 and JavaScriptCore have this text. */
export function isStackExhaustion(error: unknown): boolean {
  return error instanceof RangeError && /call stack/i.test(error.message);
}
