// Sessions of the server: a queue of evaluations each, and who uses it.
import type { Evaluator } from "./evaluator.ts";

/** An evaluation in a queue or under way. */
export interface Job {
  /** Of the request; undefined if that has none. */
  readonly id: string | undefined;
  /** Aborted to interrupt it. */
  readonly abort: AbortController;
  run(): Promise<void>;
}

/** Evaluations that may wait in one session. */
const mostWaiting = 10_000;

/** Runs evaluations one after the other. */
export class JobQueue {
  readonly #waiting: Job[] = [];
  #current: Job | null = null;

  /** The evaluation under way. */
  get current(): Job | null {
    return this.#current;
  }

  /** False if too many wait already. */
  add(job: Job): boolean {
    if (this.#waiting.length >= mostWaiting) return false;
    this.#waiting.push(job);
    if (this.#current === null) void this.#runAll();
    return true;
  }

  /** The evaluation of this id, under way or waiting. */
  find(id: string): Job | undefined {
    if (this.#current?.id === id) return this.#current;
    return this.#waiting.find((job) => job.id === id);
  }

  /** Interrupts all that is under way or waits. */
  abortAll(): void {
    for (const { abort } of this.#waiting) abort.abort();
    this.#current?.abort.abort();
  }

  async #runAll(): Promise<void> {
    for (;;) {
      const job = this.#waiting.shift();
      this.#current = job ?? null;
      if (job === undefined) return;
      await job.run();
    }
  }
}

/** One session. */
export interface Session {
  readonly id: string;
  readonly queue: JobQueue;
  /** The connections that have used it; it ends with the last of them. */
  readonly users: Set<object>;
}

/** All sessions of a server. */
export class Sessions {
  readonly #evaluator: Evaluator;
  readonly #sessions = new Map<string, Session>();

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  open(user: object, from: string | null): Session {
    const id = crypto.randomUUID();
    this.#evaluator.openSession(id, from);
    const session: Session = { id, queue: new JobQueue(), users: new Set([user]) };
    this.#sessions.set(id, session);
    return session;
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  ids(): string[] {
    return [...this.#sessions.keys()];
  }

  close(session: Session): void {
    if (!this.#sessions.delete(session.id)) return;
    session.queue.abortAll();
    this.#evaluator.closeSession(session.id);
  }

  /** A connection is gone, and with it the sessions that only it used. */
  leave(user: object): void {
    for (const session of this.#sessions.values()) {
      session.users.delete(user);
      if (session.users.size === 0) this.close(session);
    }
  }
}
