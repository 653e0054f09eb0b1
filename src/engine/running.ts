// The programs of a session that are under way: pieces that were stopped at a safepoint for another piece to run there.

/** What a program under way must find again when it goes on. */
export interface Pins {
  /** Slots of its functions and loops. */
  readonly slots: Set<number>;
  /** Symbols of its variables. */
  readonly globals: Set<string>;
  readonly texts: Set<string>;
}

interface Running {
  pin(pins: Pins): void;
}

/** A stack: the piece that runs at a safepoint of another one ends before that goes on. */
export class RunningPrograms {
  readonly #programs: Running[] = [];

  /** Runs with the program among those under way. */
  during<Result>(program: Running, run: () => Result): Result {
    this.#programs.push(program);
    try {
      return run();
    } finally {
      this.#programs.pop();
    }
  }

  /** What none of them may lose. */
  pins(): Pins {
    const pins: Pins = { slots: new Set(), globals: new Set(), texts: new Set() };
    for (const program of this.#programs) program.pin(pins);
    return pins;
  }
}
