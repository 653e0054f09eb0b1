// Evaluations that leave no trace, while no client asks for anything: V8 compiles what evaluations need while they run, so the
// first thousand that are asked for would take twice as long as those after them.
//
// They are asked for by a client in the server's own process, so all that is between a client and the evaluator is compiled as well.
import { connect } from "node:net";
import { encode } from "./bencode.ts";
import type { Evaluator, RehearsalEnd } from "./evaluator.ts";

/** Milliseconds without a request after which there is time for this, and until the next try where the program is busy. */
const idleTime = 50;
const busyTime = 1000;
/** Rehearsals, and milliseconds that they may take together, which are not more even where they are slow. */
const mostRehearsals = 2500;
const longest = 4000;

/** The server's own client. */
export interface OwnClient {
  write(message: Uint8Array): void;
  destroy(): void;
}

/** Connects to a server of this process; `answered` is called at the end of each answer. */
export function connectHere(host: string, port: number, answered: () => void): OwnClient {
  return connect(port, host)
    .setNoDelay(true)
    .on("data", (chunk) => {
      if (chunk.includes("4:done")) answered();
    })
    .on("error", () => {})
    .unref();
}

/** See the head of this file. */
export class Rehearsals {
  /** What the client has in place of `eval`; nobody else knows it. */
  readonly op = crypto.randomUUID();
  /** Rehearses in place of evaluating. */
  readonly evaluator: Evaluator;
  readonly #connect: (answered: () => void) => OwnClient;
  #client: OwnClient | undefined;
  #answered = (): void => {};
  #end: RehearsalEnd = "over";
  #asked = performance.now();
  #timer: NodeJS.Timeout | null = null;
  #turn = 0;
  #spent = 0;

  constructor(evaluator: Evaluator, connectClient: (answered: () => void) => OwnClient) {
    this.#connect = connectClient;
    const evaluate: Evaluator["evaluate"] = async (_, emit) => {
      this.#end = (await evaluator.rehearse?.(this.#turn, emit)) ?? "over";
      return "done";
    };
    this.evaluator = Object.assign(Object.create(evaluator) as Evaluator, { evaluate });
    if (evaluator.rehearse !== undefined) this.#goOnAfter(idleTime);
  }

  /** A client has sent something. */
  asked(): void {
    this.#asked = performance.now();
  }

  /** There are no more. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#turn = mostRehearsals;
    this.#client?.destroy();
  }

  #goOnAfter(time: number): void {
    this.#timer = setTimeout(() => void this.#goOn(), time).unref();
  }

  async #goOn(): Promise<void> {
    while (this.#turn < mostRehearsals && this.#spent < longest) {
      const start = performance.now();
      const pause = idleTime - (start - this.#asked);
      if (pause > 0) {
        this.#goOnAfter(Math.ceil(pause));
        return;
      }
      const end = await this.#one();
      if (end === "over") break;
      if (end === "busy") {
        this.#goOnAfter(busyTime);
        return;
      }
      this.#turn += 1;
      this.#spent += performance.now() - start;
    }
    this.close();
  }

  async #one(): Promise<RehearsalEnd> {
    this.#end = "over";
    this.#client ??= this.#connect(() => this.#answered());
    this.#client.write(encode({ op: this.op, code: "0" }));
    await new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    return this.#end;
  }
}
