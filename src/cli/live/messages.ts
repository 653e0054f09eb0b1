// What the main thread and the thread of a live program say to each other.
import type { EvaluationEvent, EvaluationOutcome } from "../../nrepl/index.ts";

/** Words that both threads share. */
export const sharedWords = {
  /**
   * The evaluation that runs, 0 if it is none: the program itself, or nothing. The main thread makes it negative to claim
   * an interrupt of that evaluation and no other, then sets the control word.
   */
  running: 0,
  /** Characters of output on their way to clients. */
  backlog: 1,
  count: 2,
} as const;

/** To the program's thread. */
export type LiveRequest =
  | {
      readonly kind: "evaluate";
      /** From 1, in order. */
      readonly id: number;
      readonly code: string;
      readonly path: string;
      readonly line: number;
      readonly column: number;
    }
  /** Evaluate a piece of the program thread's own choice where nobody sees it, if nothing runs. */
  | { readonly kind: "rehearse"; readonly id: number; readonly turn: number }
  | { readonly kind: "interrupt"; readonly id: number }
  | {
      readonly kind: "query";
      readonly id: number;
      readonly query: "outline" | "type";
      readonly text: string;
    }
  | { readonly kind: "rollback"; readonly id: number; readonly steps: number }
  /** The program's file has this text now. */
  | { readonly kind: "reload"; readonly text: string }
  /** Whether somebody wants the program's own output besides the terminal. */
  | { readonly kind: "watch"; readonly on: boolean };

/** A declaration, as far as editors ask for it. */
export interface DeclaredName {
  readonly name: string;
  readonly kind: "function" | "class" | "variable";
  readonly signature: string;
  readonly parameters: readonly string[] | null;
  readonly documentation: string | null;
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** From the program's thread. */
export type LiveReply =
  | { readonly kind: "events"; readonly id: number; readonly events: readonly EvaluationEvent[] }
  /** With its last events. */
  | {
      readonly kind: "finished";
      readonly id: number;
      readonly outcome: EvaluationOutcome;
      readonly events: readonly EvaluationEvent[];
    }
  /** Nothing was rehearsed: something runs, or there is nothing more to gain. */
  | { readonly kind: "unrehearsed"; readonly id: number; readonly end: "busy" | "over" }
  | { readonly kind: "outline"; readonly id: number; readonly names: readonly DeclaredName[] }
  /** Null if the text is no expression. */
  | { readonly kind: "type"; readonly id: number; readonly type: string | null }
  | {
      readonly kind: "rolled-back";
      readonly id: number;
      readonly left: number;
      readonly changed: readonly string[];
    }
  | { readonly kind: "output"; readonly stream: "out" | "err"; readonly text: string };
