// Text in print position: literals, interpolation, concatenation, `if` and `match` between texts. It is taken apart
// into pieces; nothing builds a text value.
import type { Span } from "../../../base/index.ts";
import type { Expr, LocalId, Stmt, TextPart } from "../../../ir/hir/index.ts";
import { isFloatType } from "../../../ir/hir/index.ts";
import { formatSpecProblem, parseFormatSpec } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import { Sequence } from "./builder.ts";
import type { Context } from "./context.ts";
import { expectScalar } from "./convert.ts";
import { isText, textForm } from "./text-shape.ts";
import { intConst, zeroOf, type Scalar } from "./value.ts";

/** A piece of text; `choice` is one of several texts, by the number in a hidden local. */
type Piece =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "value"; value: Expr; readonly spec: string | null }
  | { readonly kind: "choice"; readonly selector: LocalId; readonly leaves: readonly Piece[][] };

type ValuePiece = Piece & { kind: "value" };

/** How finished text is used. */
export interface TextUse {
  readonly kind: "print" | "fail";
  readonly newline: boolean;
  readonly stream: "out" | "err";
  readonly span: Span;
}

/** More combinations of conditional pieces than this are refused in the message of `fail`. */
const mostMessages = 64;

/** Prints the expression, or fails with it as the message. */
export function useText(cx: Context, expr: ast.Expr, use: TextUse): void {
  if ((expr.kind === "if" || expr.kind === "match") && isText(expr)) {
    cx.lower.branches(cx, expr, {
      value: (inner, tail) => useText(inner, tail, use),
      none: (inner, span) => missingText(inner, expr, span),
      splits: isText,
    });
    return;
  }
  const pieces = piecesOf(cx, [expr]);
  if (pieces === null) return;
  if (use.kind === "print") printPieces(cx, pieces, use, use.newline);
  else failPieces(cx, pieces, use);
}

function missingText(cx: Context, expr: ast.IfExpr | ast.MatchExpr, span: Span): void {
  if (!cx.builder.reachable) return;
  const [what, help] =
    expr.kind === "if"
      ? ["an `if` between texts needs an `else`", "Add `else:` with a text."]
      : ["a `match` between texts must cover every value", "Add `case _:` with a text."];
  cx.report.error(expr.kind === "if" ? "type/missing-else" : "type/missing-arm", what, span, help);
}

/** Evaluates everything in the texts, in order; null where there was a mistake. */
function piecesOf(cx: Context, exprs: readonly ast.Expr[]): Piece[] | null {
  const collector: Collector = {
    cx,
    pieces: [],
    values: [],
    sequence: new Sequence(cx.builder),
    whole: true,
  };
  for (const expr of exprs) collect(collector, expr, null);
  collector.sequence.finish().forEach((value, index) => {
    const piece = collector.values[index];
    if (piece !== undefined) piece.value = value;
  });
  // Text with a choice is written in several steps: what has effects must come before the first of them.
  if (collector.pieces.some(({ kind }) => kind === "choice")) {
    for (const piece of collector.values) piece.value = cx.builder.spill(piece.value);
  }
  return collector.whole ? collector.pieces : null;
}

interface Collector {
  readonly cx: Context;
  readonly pieces: Piece[];
  readonly values: ValuePiece[];
  readonly sequence: Sequence;
  whole: boolean;
}

function collect(to: Collector, expr: ast.Expr, spec: string | null): void {
  const form = textForm(expr);
  if (form === null) {
    collectValue(to, expr, spec);
    return;
  }
  if (spec !== null) {
    to.cx.report.unsupported("text-format", "format specs on text", expr.span);
    to.whole = false;
    return;
  }
  switch (form.kind) {
    case "text":
      to.pieces.push({ kind: "literal", text: form.value });
      break;
    case "interpolation":
      for (const part of form.parts) {
        if (part.kind === "literal") to.pieces.push({ kind: "literal", text: part.text });
        else collect(to, part.value, part.spec);
      }
      break;
    case "concat":
      collect(to, form.left, null);
      collect(to, form.right, null);
      break;
    case "conversion":
      if (form.extra.length > 0) {
        const found = `\`to_text\` takes no arguments, found ${form.extra.length}`;
        to.cx.report.error("type/argument-count", found, expr.span);
        to.whole = false;
      }
      collect(to, form.operand, null);
      break;
    case "if":
    case "match":
      collectChoice(to, form);
      break;
  }
}

function collectValue(to: Collector, expr: ast.Expr, spec: string | null): void {
  const { cx } = to;
  const value = expectScalar(cx, cx.lower.expr(cx, expr, null), expr.span);
  if (value.kind !== "scalar") {
    to.whole = false;
    return;
  }
  if (spec !== null && !checkSpec(cx, spec, value, expr.span)) {
    to.whole = false;
    return;
  }
  const piece: ValuePiece = { kind: "value", value: value.expr, spec };
  to.sequence.add(value.expr);
  to.values.push(piece);
  to.pieces.push(piece);
}

const specHelps = {
  int: "Integers take `d`, `x`, `o`, `b`, and the types of floats.",
  float: "Floats take `f`, `e`, `g` and `%`.",
  bool: "A `bool` takes a width and an alignment, as in `>8`.",
} as const;

/** Whether the spec can format such a value; reports why not. */
function checkSpec(cx: Context, spec: string, { type }: Scalar, span: Span): boolean {
  const parsed = parseFormatSpec(spec);
  const kind = type === "bool" ? "bool" : isFloatType(type) ? "float" : "int";
  if (parsed === null) {
    cx.report.error("type/format-spec", `\`${spec}\` is no format spec`, span, specHelps[kind]);
    return false;
  }
  // A bool is no number.
  const numeric = kind === "bool" && parsed.type !== null && parsed.type !== "s";
  const problem = numeric
    ? `format type \`${parsed.type}\` takes a number, found a \`bool\``
    : formatSpecProblem(parsed, kind);
  if (problem === null) return true;
  cx.report.error("type/format-spec", problem, span, specHelps[kind]);
  return false;
}

/**
 * Text chosen by `if` or `match` inside other text. The choice is made, and the values of the chosen branch are
 * computed, at its place in the order; the text is picked again by number when it is written.
 */
function collectChoice(to: Collector, expr: ast.IfExpr | ast.MatchExpr): void {
  const { cx } = to;
  const { builder } = cx;
  const { body } = builder;
  const mark = body.length;
  const selector = builder.addLocal("$s", "i64", false);
  const leaves: Piece[][] = [];
  const inits: Stmt[] = [];
  cx.lower.branches(cx, expr, {
    value: (inner, tail) => {
      const pieces = piecesOf(inner, [tail]);
      if (pieces === null) to.whole = false;
      else keepValues(inner, pieces, inits);
      const number = leaves.push(pieces ?? []) - 1;
      builder.set(selector, intConst("i64", BigInt(number), tail.span));
    },
    none: (inner, span) => missingText(inner, expr, span),
    splits: isText,
  });
  body.splice(mark, 0, ...inits);
  if (leaves.length > 0) to.pieces.push({ kind: "choice", selector, leaves });
}

/** Moves the values of a branch into locals that have a value on every path. */
function keepValues(cx: Context, pieces: readonly Piece[], inits: Stmt[]): void {
  const { builder } = cx;
  for (const piece of pieces) {
    if (piece.kind !== "value" || piece.value.type === "unit") continue;
    const { type, span } = piece.value;
    if (piece.value.kind === "int" || piece.value.kind === "float") continue;
    const local = builder.addLocal("$t", type, false);
    inits.push({ kind: "set", local, value: zeroOf(type, span), span });
    builder.set(local, piece.value);
    piece.value = builder.read(local, span);
  }
}

function partOf(piece: Exclude<Piece, { kind: "choice" }>): TextPart {
  if (piece.kind === "literal") return { kind: "literal", text: piece.text };
  const { value, spec } = piece;
  return spec === null ? { kind: "value", value } : { kind: "value", value, spec };
}

/** Writes the pieces in runs between choices. */
function printPieces(cx: Context, pieces: readonly Piece[], use: TextUse, newline: boolean): void {
  const { builder } = cx;
  let parts: TextPart[] = [];
  const flush = (last: boolean): void => {
    if (parts.length === 0 && !last) return;
    builder.emit({ kind: "print", parts, newline: last, stream: use.stream, span: use.span });
    parts = [];
  };
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind !== "choice") {
      parts.push(partOf(piece));
      continue;
    }
    flush(false);
    const ends = newline && index === pieces.length - 1;
    choose(cx, piece, use.span, (leaf) => printPieces(cx, leaf, use, ends));
    if (ends) return;
  }
  flush(newline);
}

/** Emits an `if` chain over the selector. */
function choose(
  cx: Context,
  { selector, leaves }: Piece & { kind: "choice" },
  span: Span,
  leaf: (pieces: readonly Piece[]) => void,
): void {
  const { builder } = cx;
  const from = (index: number): void => {
    const pieces = leaves[index] ?? [];
    if (index >= leaves.length - 1) {
      leaf(pieces);
      return;
    }
    const left = builder.read(selector, span);
    const right = intConst("i64", BigInt(index), span);
    const then = builder.branch(() => leaf(pieces));
    const otherwise = builder.branch(() => from(index + 1));
    builder.emit({
      kind: "if",
      condition: { kind: "compare", type: "bool", op: "eq", left, right, span },
      then: then.body,
      else: otherwise.body,
      span,
    });
  };
  from(0);
}

/** A message is made at once, so each combination of choices has its own `fail`. */
function failPieces(cx: Context, pieces: readonly Piece[], use: TextUse): void {
  const { builder } = cx;
  if (combinations(pieces) > mostMessages) {
    cx.report.unsupported("text", "messages with so many conditional pieces", use.span);
    return;
  }
  const index = pieces.findIndex(({ kind }) => kind === "choice");
  const piece = pieces[index];
  if (piece?.kind === "choice") {
    const [before, after] = [pieces.slice(0, index), pieces.slice(index + 1)];
    choose(cx, piece, use.span, (leaf) => failPieces(cx, [...before, ...leaf, ...after], use));
  } else {
    const parts = pieces.filter((part) => part.kind !== "choice").map(partOf);
    builder.emit({ kind: "fail", parts, span: use.span });
  }
  builder.reachable = false;
}

function combinations(pieces: readonly Piece[]): number {
  return pieces.reduce(
    (count, piece) =>
      piece.kind === "choice"
        ? count * piece.leaves.reduce((sum, leaf) => sum + combinations(leaf), 0)
        : count,
    1,
  );
}
