// `eval` and `load-file`: from a request to an evaluation, and from its events to messages.
import type { EncodableDict } from "./bencode.ts";
import type {
  EvaluationEvent,
  EvaluationOutcome,
  EvaluationRequest,
  Evaluator,
} from "./evaluator.ts";
import { answerProbe } from "./probes.ts";
import type { Job } from "./sessions.ts";

/** An evaluation that a client has asked for. */
export interface EvaluationJob {
  readonly id: string | number | undefined;
  readonly evaluator: Evaluator;
  readonly request: Omit<EvaluationRequest, "signal">;
  /** What is done in place of evaluating the code. */
  readonly start?: (
    signal: AbortSignal,
    emit: (event: EvaluationEvent) => void,
  ) => Promise<EvaluationOutcome>;
  /** Sends a message that answers the request. */
  readonly reply: (message: EncodableDict) => void;
}

const statusOf = {
  done: ["done"],
  interrupted: ["done", "interrupted"],
  "no-namespace": ["done", "error", "namespace-not-found"],
} as const satisfies Record<EvaluationOutcome, readonly string[]>;

/** The job for a session's queue; it ends with the one message whose status has `done`. */
export function evaluationJob(job: EvaluationJob): Job {
  const abort = new AbortController();
  return {
    id: job.id,
    abort,
    size: job.request.code.length,
    run: () => perform(job, abort.signal),
  };
}

async function perform(job: EvaluationJob, signal: AbortSignal): Promise<void> {
  const { evaluator, request, reply } = job;
  if (signal.aborted) {
    reply({ status: statusOf.interrupted });
    return;
  }
  if (answerWithoutEvaluating(job)) return;
  const replies = new Replies(request.wholeFile, reply);
  let outcome: EvaluationOutcome = "done";
  try {
    const emit = (event: EvaluationEvent): void => replies.take(event);
    outcome = await (job.start?.(signal, emit) ?? evaluator.evaluate({ signal, ...request }, emit));
  } catch (error) {
    replies.take(internalError(error));
  }
  replies.end();
  const namespace = outcome === "no-namespace" ? request.namespace : null;
  reply({ ...(namespace === null ? {} : { ns: namespace }), status: statusOf[outcome] });
}

function answerWithoutEvaluating({ evaluator, request, reply, start }: EvaluationJob): boolean {
  if (evaluator.clojure === true || request.wholeFile || start !== undefined) return false;
  const value = answerProbe(request.code, evaluator.initialNamespace);
  if (value === undefined) return false;
  if (value !== null) reply({ value, ns: evaluator.initialNamespace });
  reply({ status: statusOf.done });
  return true;
}

/** The messages for the events of one evaluation. */
export class Replies {
  readonly #wholeFile: boolean;
  readonly #reply: (message: EncodableDict) => void;
  #lastValue: string | null = null;
  #failed = false;
  #ended = false;

  constructor(wholeFile: boolean, reply: (message: EncodableDict) => void) {
    this.#wholeFile = wholeFile;
    this.#reply = reply;
  }

  take(event: EvaluationEvent): void {
    switch (event.kind) {
      case "out":
      case "err":
        // Also when the evaluation has ended; its request is the one that the client shows it under.
        if (event.text !== "") this.#reply({ [event.kind]: event.text });
        return;
      case "value":
        if (this.#ended) return;
        if (this.#wholeFile) this.#lastValue = event.text;
        else this.#reply({ value: event.text, ns: event.namespace });
        return;
      case "need-input":
        // Calva knows it only if it stands alone.
        if (!this.#ended) this.#reply({ status: ["need-input"] });
        return;
      case "error":
        if (this.#ended || this.#failed) return;
        this.#failed = true;
        this.#reply({ err: event.message });
        this.#reply({ ex: event.name, "root-ex": event.root, status: ["eval-error"] });
    }
  }

  /** The value of a file, if it has one and did not fail. */
  end(): void {
    if (this.#lastValue !== null && !this.#failed) this.#reply({ value: this.#lastValue });
    this.#ended = true;
  }
}

function internalError(error: unknown): EvaluationEvent {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = `internal error: ${text}\n`;
  return { kind: "error", message, name: "internal-error", root: "internal-error" };
}
