// Pieces to evaluate for nobody. V8 compiles a front end and a code generator while they run; who does not want the first of
// his evaluations to be slow has some done before.

/** Pieces after which V8 has compiled what they need. */
export const mostRehearsals = 2400;

/** What is typed into programs: definitions, values, variables, a type now and then; another piece each turn. */
export function rehearsalPiece(turn: number): string {
  const pieces = turn % 24 < 21 ? usualPieces(turn) : rarePieces(turn);
  return pieces[turn % pieces.length] ?? "nil\n";
}

function usualPieces(turn: number): string[] {
  return [
    `fn area(width: i64, height: f64) -> f64: width.to_f64() * height + ${turn}.5\narea(2, 0.5)\n`,
    `${turn} + 1\n`,
    `var total = area(${turn}, 0.5)\n"{total} {area(2, 1.0)}"\n`,
  ];
}

function rarePieces(turn: number): string[] {
  return [
    `class Point:\n    x: i64\n    y: i64\nvar points = [Point(x: ${turn}, y: 1)]\npoints.len()\n`,
    "fn sum(n: i64) -> i64:\n    var s = 0\n    for i in 0..n:\n        if i % 2 == 0: s += i\n    s\nsum(9)\n",
    "points.push(Point(x: 3, y: 4))\ntotal = points.len().to_f64()\n",
  ];
}
