// What the nREPL server asks of whoever evaluates: a local program, a device with a compile server, another language.
//
// No type of a language stands here: code, values and messages are text, in the language of the evaluator.
//
// Order. The server gives the evaluations of one session to the evaluator one after the other, each when the promise of the
// one before is settled; those of several sessions at any time. An evaluator that has one program runs them in the order
// in which they arrive. Events of one evaluation come in the order in which things happened: output before the value of the
// expression that printed it, values in the order of the expressions.
//
// Interrupt. When `signal` is aborted the evaluator stops this evaluation and no other one, whether it waits or runs, and
// leaves the program as it is between two evaluations. The promise settles soon, a second at most, with `interrupted`,
// or with what it came to if it was finished by then. It need not undo what the evaluation has done up to there.
//
// Late output. `out` and `err` may still be emitted when the promise is settled, by what the evaluation has started; the
// server sends them under the same request. No other event may come then.
//
// An evaluator does not reject its promises for what is wrong with the code: that is an `error` event. A rejected promise is
// a bug of the evaluator, which the server reports to the client; the session goes on.

/** Where the first character of the code stands in the file that it comes from. */
export interface CodePlace {
  /** As messages and traces name it; null if the code was typed at a prompt. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;
}

/** One piece of code to evaluate. */
export interface EvaluationRequest {
  readonly code: string;
  readonly place: CodePlace;
  /** The code is that of a whole file: only its last value is wanted. */
  readonly wholeFile: boolean;
  /** Session by the id that the server gave it; null for a request without one, which leaves no trace but in the program. */
  readonly session: string | null;
  /** Namespace for this request alone; null for the session's own. */
  readonly namespace: string | null;
  /**
   * Bytes of output that the client has not taken yet. An evaluator whose program prints without end lets it wait while that
   * is more than a megabyte.
   */
  backlog(): number;
  /** Aborted when a client interrupts, closes the session, or is gone. */
  readonly signal: AbortSignal;
}

/** What happens while code is evaluated. */
export type EvaluationEvent =
  /** Printed; whole characters, in as many pieces as the evaluator likes. */
  | { readonly kind: "out" | "err"; readonly text: string }
  /** The value of a top-level expression as the language displays it, and the namespace that is current from here on. */
  | { readonly kind: "value"; readonly text: string; readonly namespace: string }
  /** The program waits for a line; `Evaluator.input` brings it. */
  | { readonly kind: "need-input" }
  /**
   * The evaluation failed, at most once. `message` is for people: place, source lines, help, trace, with its final line end.
   * `name` is a short name of the kind of error, `root` that of its cause, often the same.
   */
  | {
      readonly kind: "error";
      readonly message: string;
      readonly name: string;
      readonly root: string;
    };

/** How an evaluation ended: `done` also after an `error` event; `no-namespace` if there is none of the requested name. */
export type EvaluationOutcome = "done" | "interrupted" | "no-namespace";

/** A name that completes a prefix. */
export interface Completion {
  readonly candidate: string;
  /** What it is, in words of nREPL clients: `function`, `var`, `class`, `keyword`, `method`, `namespace`. */
  readonly type: string;
  readonly namespace?: string;
}

/** What is known of a name. */
export interface SymbolDescription {
  readonly name: string;
  readonly namespace: string;
  /** As the language writes it, for one line of an editor: `fn area(r: f64) -> f64`. */
  readonly signature: string;
  /** One list of parameters, as written, for each way to call it; empty if it is no function. */
  readonly parameters: readonly (readonly string[])[];
  readonly documentation: string | null;
  /** Where it is declared. */
  readonly place: CodePlace | null;
}

/** A name within a request: which one, seen from where. */
export interface NameQuery {
  readonly text: string;
  readonly session: string | null;
  readonly namespace: string | null;
}

/** What `rollback` did. */
export interface RollbackResult {
  /** Changes that can still be taken back. */
  readonly left: number;
  /** Names whose definition is another one now. */
  readonly changed: readonly string[];
}

/** Name and version of the language and of the program that evaluates it; the keys are lower-case words. */
export type Versions = Readonly<Record<string, string>>;

/** What a function did while calls were counted. */
export interface FunctionProfile {
  readonly name: string;
  /** What its code is, for people. */
  readonly tier: string;
  readonly calls: number;
  /** Milliseconds from entry to exit, and without what it has called. */
  readonly total: number;
  readonly self: number;
}

/** Calls that were counted. */
export interface CallProfile {
  /** Milliseconds that they have been counted. */
  readonly time: number;
  /** By the time of their own, longest first. */
  readonly functions: readonly FunctionProfile[];
}

/** `busy`: not now, as the program runs. `over`: there is nothing more to gain. */
export type RehearsalEnd = "done" | "busy" | "over";

/** Evaluates for an nREPL server. All of it may be called at any time, also while an evaluation runs. */
export interface Evaluator {
  /** For `describe`: the language first, under a key of its own (not `clojure`, unless it is that). */
  readonly versions: Versions;
  /**
   * Whether it evaluates Clojure. If not, the server itself answers the forms that editors send to find out what they are
   * connected to.
   */
  readonly clojure?: boolean;
  /** Where a new session begins. */
  readonly initialNamespace: string;
  /** A new session; with what `from` has bound if that is given, but in the initial namespace. */
  openSession(id: string, from: string | null): void;
  /** The session ends: what it alone has bound may be dropped. Its evaluations have been interrupted. */
  closeSession(id: string): void;
  /** Evaluates; see the head of this file. `emit` never throws. */
  evaluate(
    request: EvaluationRequest,
    emit: (event: EvaluationEvent) => void,
  ): Promise<EvaluationOutcome>;
  /**
   * Evaluates a piece of its own choice, another one each turn, in the way of `evaluate` but without a trace: nobody waits
   * for it. Rejects if that cannot be done any more.
   */
  rehearse?(turn: number, emit: (event: EvaluationEvent) => void): Promise<RehearsalEnd>;
  /** Input for the program, line ends included; an empty text is the end of the input. */
  input(session: string, text: string): void;
  /** Names that begin with the text, best first, a few hundred at most. */
  completions(query: NameQuery): Promise<readonly Completion[]>;
  /** What is known of the name; null if there is no such name. */
  lookup(query: NameQuery): Promise<SymbolDescription | null>;
  /** Names of all namespaces. */
  namespaces(): Promise<readonly string[]>;
  /** Takes back the last `steps` changes of definitions; fewer if there are fewer. */
  rollback(steps: number): Promise<RollbackResult>;
  /** Calls a function without compiling anything, with arguments as the language writes them; as `evaluate` otherwise. */
  call?(
    request: {
      readonly name: string;
      readonly texts: readonly string[];
      readonly signal: AbortSignal;
    },
    emit: (event: EvaluationEvent) => void,
  ): Promise<EvaluationOutcome>;
  /** Begins to count the calls of functions, ends it, or looks. Rejects where they cannot be counted. */
  profile?(action: "start" | "stop" | "read"): Promise<CallProfile>;
  /** What the program prints outside of evaluations, from now on until the result is called. */
  watchOutput(listener: (stream: "out" | "err", text: string) => void): () => void;
}
