// What the agent and the program's thread say to each other.
import type { HostDeclaration, Piece, Target } from "../protocol/index.ts";
import type { CodeFigures, NativeRuntime, ProgramProfile } from "../device/index.ts";

/** Agent to program. After each message the agent sets the attention bit of the control word. */
export type ToProgram =
  | {
      readonly kind: "piece";
      readonly id: number;
      readonly piece: Piece;
      readonly program: boolean;
      /** All of it is undone. */
      readonly rehearsal?: true;
      /** The object that it comes from, to be removed by this name. */
      readonly object?: string;
    }
  | { readonly kind: "remove"; readonly id: number; readonly object: string }
  /** What native code needs before the first piece of it. */
  | ({ readonly kind: "runtime"; readonly id: number } & NativeRuntime)
  /** Stop the piece if it is the one that runs. */
  | { readonly kind: "stop"; readonly id: number; readonly reason: "interrupted" | "time_limit" }
  | { readonly kind: "rollback"; readonly id: number; readonly version: number }
  | { readonly kind: "figures"; readonly id: number }
  | {
      readonly kind: "call";
      readonly id: number;
      readonly name: string;
      readonly texts: readonly string[];
    }
  | { readonly kind: "profile"; readonly id: number; readonly action: ProfileAction }
  /** Unload the modules that were not called since the last of these. */
  | { readonly kind: "tidy" };

/** What to do with the counts of calls. */
export type ProfileAction = "start" | "stop" | "read";

/** How a piece ended. */
export interface PieceEnd {
  readonly outcome: "kept" | "partial" | "dropped";
  readonly exitCode: number | null;
  readonly error: PieceFailure | null;
}

/** What stopped a piece. */
export interface PieceFailure {
  /** Code of the runtime error; `load` if the object did not fit, `internal` for a bug. */
  readonly code: string;
  readonly message: string;
  readonly help: string | null;
  readonly trace: readonly {
    readonly function: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
  }[];
  /** Frames that are missing in the trace. */
  readonly omitted: number;
}

/** What the program's memory holds, in bytes unless it says otherwise. */
export interface MemoryFigures extends CodeFigures {
  readonly memory: number;
  readonly staticData: number;
  readonly heapLive: number;
  readonly heapPeak: number;
  readonly collections: number;
}

/** Program to agent. */
export type FromProgram =
  | {
      readonly kind: "ready";
      readonly memory: SharedArrayBuffer | null;
      /** What its code must be made for. */
      readonly target: Target;
      /** What the application has registered for code to call. */
      readonly symbols: readonly HostDeclaration[];
    }
  | {
      readonly kind: "out";
      readonly stream: "out" | "err";
      readonly text: string;
      readonly piece: number | null;
    }
  | { readonly kind: "value"; readonly text: string; readonly piece: number }
  /** The native runtime is there, or does not fit. */
  | { readonly kind: "opened"; readonly id: number; readonly problem: string | null }
  /** Slots that are free again; comes before the end of the piece. */
  | { readonly kind: "unloaded"; readonly keys: readonly string[] }
  /** A program is kept from here on, and runs. */
  | { readonly kind: "started"; readonly id: number }
  | {
      readonly kind: "end";
      readonly id: number;
      readonly end: PieceEnd;
      /** Those that were not sent before. */
      readonly values: readonly string[];
    }
  | {
      readonly kind: "rolled-back";
      readonly id: number;
      /** Null if the version is not known any more. */
      readonly changed: readonly string[] | null;
      readonly slots: readonly (readonly [string, string])[];
      readonly versions: readonly number[];
    }
  | { readonly kind: "figures"; readonly id: number; readonly figures: MemoryFigures }
  | { readonly kind: "profiled"; readonly id: number; readonly profile: ProgramProfile };
