// What makes the first evaluations slow: parts of the command line are loaded, and V8 compiles the front end and the interpreter. So some are
// done for nobody: a few before the program runs, as one that draws at fixed times would be late for it later, the others when
// nothing runs and no client asks for anything.
import { SourceFile } from "../../base/index.ts";
import { mostRehearsals, rehearsalPiece } from "../../compiler/index.ts";
import { Session, type EngineOptions } from "../../engine/index.ts";

/** Pieces before the program starts, and milliseconds after which it starts in any case. */
const piecesBefore = 72;
const longest = 250;
/** Gets hot, so the compiler is loaded and has compiled something: for a program that draws that would be a late frame. */
const hotPiece =
  "fn warm_up(n: i64) -> i64: n + 1\nvar sum = 0\nfor i in 0..1100: sum += warm_up(i)\n";
const memory = 4 * 2 ** 20;

/** Evaluates pieces in a session of its own. */
export class WarmUp {
  readonly #session: Session;

  /** `onValue` receives the values of pieces as texts. */
  constructor(options: EngineOptions, onValue: (text: string) => void) {
    this.#session = new Session({
      clock: options.clock,
      sharedMemory: true,
      heapBudget: memory,
      ...(options.library === undefined ? {} : { library: options.library }),
      write: () => {},
      onValue,
      attend: () => {},
    });
  }

  /** What is done before the program runs. */
  start(): void {
    const end = performance.now() + longest;
    this.#evaluate(hotPiece);
    for (let turn = 0; turn < piecesBefore && performance.now() < end; turn += 1)
      this.evaluate(turn);
  }

  /** Whether there is nothing more to gain. */
  static isOver(turn: number): boolean {
    return turn >= mostRehearsals;
  }

  /** Evaluates a piece, another one each turn. */
  evaluate(turn: number): void {
    this.#evaluate(rehearsalPiece(turn));
  }

  #evaluate(text: string): void {
    this.#session.evaluate(new SourceFile("<warm-up>", text), "values");
  }
}
