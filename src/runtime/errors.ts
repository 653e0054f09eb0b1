// Runtime errors: one text for each in every tier.

/** Codes that compiled code raises by number; the number is the index. Part of the ABI: append only. */
export const trapCodes = ["division_by_zero", "modulo_by_zero", "unreachable"] as const;

export type TrapName = (typeof trapCodes)[number];

export type RuntimeErrorCode = TrapName | "stack_overflow" | "fail" | "interrupted" | "time_limit";

export const runtimeErrorMessages: Readonly<Record<Exclude<RuntimeErrorCode, "fail">, string>> = {
  division_by_zero: "division by zero",
  modulo_by_zero: "modulo by zero",
  unreachable: "reached code that cannot be reached",
  stack_overflow: "stack overflow",
  interrupted: "interrupted",
  time_limit: "time limit exceeded",
};

/** One entry of a source-level stack trace, innermost first. Lines and columns from 1. */
export interface TraceFrame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A runtime error of the user's program, with the same message and trace in every tier. */
export class ProgramError extends Error {
  readonly code: RuntimeErrorCode;
  /** Innermost frame first; filled while the error passes through the frames of the tiers. */
  readonly trace: TraceFrame[] = [];

  constructor(code: RuntimeErrorCode, message: string) {
    super(message);
    this.name = "ProgramError";
    this.code = code;
  }
}
