// What makes the first evaluations slow, done before the program runs: parts of the command line are loaded, and V8 compiles the
// front end and the interpreter. A program that draws at fixed times would be late for it later.
import { SourceFile } from "../../base/index.ts";
import { Session, type EngineOptions } from "../../engine/index.ts";

/** Rounds after which V8 has compiled what evaluations need. */
const rounds = 24;
/** Milliseconds after which the program starts in any case. */
const longest = 250;
const memory = 4 * 2 ** 20;

/** Evaluates pieces in a session of its own, which is gone then. */
export function warmUp(options: EngineOptions): void {
  const session = new Session({
    clock: options.clock,
    sharedMemory: true,
    heapBudget: memory,
    ...(options.library === undefined ? {} : { library: options.library }),
    write: () => {},
    onValue: () => {},
    attend: () => {},
  });
  const end = performance.now() + longest;
  for (let round = 0; round < rounds && performance.now() < end; round += 1)
    for (const piece of piecesOf(round)) session.evaluate(new SourceFile("<warm-up>", piece));
}

/** What is typed into programs: a definition again and again, values, variables, a type now and then. */
function piecesOf(round: number): string[] {
  const pieces = [
    `fn area(width: i64, height: f64) -> f64: width.to_f64() * height + ${round}.5\n`,
    `var total = area(${round}, 0.5)\n`,
    '"{total} {area(2, 1.0)}"\n',
  ];
  if (round % 8 === 0)
    pieces.push(
      `class Point:\n    x: i64\n    y: i64\nvar points = [Point(x: ${round}, y: 1)]\n`,
      "fn sum(n: i64) -> i64:\n    var s = 0\n    for i in 0..n:\n        if i % 2 == 0: s += i\n    s\nsum(9)\n",
      "points.push(Point(x: 3, y: 4))\ntotal = points.len().to_f64()\n",
    );
  return pieces;
}
