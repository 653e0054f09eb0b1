// Pieces that are about to run, and how evaluations end.
import type { Body, PlainDiagnostic } from "../protocol/index.ts";
import type { PieceEnd, PieceFailure } from "./messages.ts";

/** A compiled piece. */
export interface Compiled {
  readonly piece: Body<"object">["piece"];
  /** Only those of a compile server are known there. */
  readonly origin: "server" | "cache" | "ahead";
}

/** How an evaluation ended. */
export type EvaluationEnd =
  /** `live`: code that runs gets the new definitions. */
  | { readonly kind: "done"; readonly exitCode: number; readonly live: boolean }
  | { readonly kind: "errors"; readonly diagnostics: readonly PlainDiagnostic[] }
  /** `kept`: not all that it did is undone. */
  | { readonly kind: "failed"; readonly failure: PieceFailure; readonly kept: boolean }
  | { readonly kind: "interrupted" };

/** The result, or `aborted` if the signal comes first. */
export async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | "aborted"> {
  let give: (result: "aborted") => void = () => {};
  const aborted = new Promise<"aborted">((resolve) => {
    give = resolve;
  });
  const stop = (): void => give("aborted");
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** How a piece ended, for whoever asked for it. */
export function endOf({ outcome, exitCode, error }: PieceEnd, live: boolean): EvaluationEnd {
  if (error === null) return { kind: "done", exitCode: exitCode ?? 0, live };
  if (error.code === "interrupted") return { kind: "interrupted" };
  return { kind: "failed", failure: error, kept: outcome !== "dropped" };
}

/** An error that is nobody's but ours. */
export function internal(error: unknown): EvaluationEnd {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const failure = { code: "internal", message, help: null, trace: [], omitted: 0 };
  return { kind: "failed", failure, kept: false };
}

/** Whether a piece that was kept does not fit the program: it is compiled again. */
export function isStale({ origin }: Compiled, { error }: PieceEnd): boolean {
  return origin === "cache" && error?.code === "load";
}
