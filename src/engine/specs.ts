// The host's side of specs: runs the examples that the program announces, and keeps what became of them.
import { ProgramError, type SpecHost } from "../runtime/index.ts";

/** What became of one example. */
export interface ExampleResult {
  /** Names of the groups around it, outermost first. */
  readonly groups: readonly string[];
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  /** Why it failed. */
  readonly error: ProgramError | null;
  /** Milliseconds. */
  readonly time: number;
}

interface Group {
  readonly name: string;
  /** Closures that run before and after each example of the group. */
  readonly before: number[];
  readonly after: number[];
}

interface SpecEnvironment {
  /** Calls a closure without arguments; throws `ProgramError`. */
  readonly call: (closure: number) => void;
  readonly text: (address: number) => string;
  /** Milliseconds. */
  readonly now: () => number;
  readonly onExample?: (result: ExampleResult) => void;
}

/** The examples of one program. */
export class SpecRunner implements SpecHost {
  readonly results: ExampleResult[] = [];
  readonly #groups: Group[] = [{ name: "", before: [], after: [] }];
  readonly #environment: SpecEnvironment;

  constructor(environment: SpecEnvironment) {
    this.#environment = environment;
  }

  group(name: number): void {
    this.#groups.push({ name: this.#environment.text(name), before: [], after: [] });
  }

  groupEnd(): void {
    this.#groups.pop();
  }

  beforeEach(closure: number): void {
    this.#groups.at(-1)?.before.push(closure);
  }

  afterEach(closure: number): void {
    this.#groups.at(-1)?.after.push(closure);
  }

  skip(name: number): void {
    this.#finish({ name: this.#environment.text(name), status: "skipped", error: null, time: 0 });
  }

  example(name: number, closure: number): void {
    const { now, text } = this.#environment;
    const title = text(name);
    const start = now();
    const before = this.#groups.flatMap((group) => group.before);
    let error = this.#attempt([...before, closure]);
    // What was set up is cleared also after a failure, innermost first; the first error counts.
    for (const group of this.#groups.toReversed()) error = this.#attempt(group.after) ?? error;
    const status = error === null ? "passed" : "failed";
    this.#finish({ name: title, status, error, time: now() - start });
  }

  /** Gives the collector the closures that wait for their examples. */
  markRoots(mark: (address: number) => void): void {
    for (const { before, after } of this.#groups)
      for (const closure of [...before, ...after]) mark(closure);
  }

  #attempt(closures: readonly number[]): ProgramError | null {
    try {
      for (const closure of closures) this.#environment.call(closure);
      return null;
    } catch (error) {
      if (!(error instanceof ProgramError) || stopsAll(error)) throw error;
      return error;
    }
  }

  #finish(result: Omit<ExampleResult, "groups">): void {
    const groups = this.#groups.slice(1).map(({ name }) => name);
    const whole = { groups, ...result };
    this.results.push(whole);
    this.#environment.onExample?.(whole);
  }
}

/** Errors that are not the example's own. */
function stopsAll({ code }: ProgramError): boolean {
  return code === "interrupted" || code === "time_limit";
}
