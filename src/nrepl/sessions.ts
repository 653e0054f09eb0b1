// Sessions of the server: a queue of evaluations each, and who uses it.
import type { Evaluator } from "./evaluator.ts";

/** An evaluation in a queue or under way. */
export interface Job {
  /** Of the request; undefined if that has none. */
  readonly id: string | number | undefined;
  /** Aborted to interrupt it. */
  readonly abort: AbortController;
  /** Characters of its code. */
  readonly size: number;
  run(): Promise<void>;
}

/** Evaluations that may wait in one session. */
const mostWaiting = 10_000;

/** Characters of code that may wait in all queues of a server. */
const mostCode = 256 * 2 ** 20;

const mostSessions = 10_000;

/** What the queues of a server share. */
export interface QueueBudget {
  /** Characters of code that waits or is evaluated. */
  code: number;
}

/** Runs evaluations one after the other. */
export class JobQueue {
  readonly #budget: QueueBudget;
  readonly #waiting: Job[] = [];
  #current: Job | null = null;

  constructor(budget: QueueBudget) {
    this.#budget = budget;
  }

  /** The evaluation under way. */
  get current(): Job | null {
    return this.#current;
  }

  /** False if too many wait already. */
  add(job: Job): boolean {
    const code = this.#budget.code + job.size;
    if (this.#waiting.length >= mostWaiting || code > mostCode) return false;
    this.#budget.code = code;
    this.#waiting.push(job);
    if (this.#current === null) void this.#runAll();
    return true;
  }

  /** The evaluation of this id, under way or waiting. */
  find(id: string | number): Job | undefined {
    return [this.#current, ...this.#waiting].find((job) => job?.id === id) ?? undefined;
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
      this.#budget.code -= job.size;
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
  readonly budget: QueueBudget = { code: 0 };

  constructor(evaluator: Evaluator) {
    this.#evaluator = evaluator;
  }

  /** Null if there are too many. */
  open(user: object, from: string | null): Session | null {
    if (this.#sessions.size >= mostSessions) return null;
    const id = crypto.randomUUID();
    this.#evaluator.openSession(id, from);
    const session: Session = { id, queue: new JobQueue(this.budget), users: new Set([user]) };
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
