// Placeholder lambdas: `_ * 2`.
import type * as ast from "../ast.ts";
import { placeholdersOf } from "./free-names.ts";

const placeholderLambdas = new WeakMap<ast.Expr, ast.LambdaExpr>();
const placeholderNames = new WeakMap<ast.PlaceholderExpr, string>();

/** `_ * 2` as a lambda; null if the expression has no placeholder of its own. */
export function placeholderLambda(expr: ast.Expr): ast.LambdaExpr | null {
  const known = placeholderLambdas.get(expr);
  if (known !== undefined) return known;
  // Those of an argument further out are its lambda's.
  const placeholders = placeholdersOf(expr).filter((node) => !placeholderNames.has(node));
  if (placeholders.length === 0) return null;
  let count = 0;
  for (const node of placeholders) {
    const number = node.index ?? (count += 1);
    if (node.index !== null) count = Math.max(count, node.index);
    placeholderNames.set(node, placeholderName(number));
  }
  const { span } = expr;
  const params = Array.from({ length: count }, (_, index) => ({
    name: { text: placeholderName(index + 1), span },
    type: null,
    default: null,
    span,
  }));
  const body: ast.Block = { kind: "block", body: [{ kind: "expr", value: expr, span }], span };
  const lambda: ast.LambdaExpr = { kind: "lambda", params, result: null, body, span };
  placeholderLambdas.set(expr, lambda);
  return lambda;
}

function placeholderName(number: number): string {
  return `_${number}`;
}

/** The parameter that a placeholder stands for; undefined outside a placeholder lambda. */
export function placeholderParameter(node: ast.PlaceholderExpr): string | undefined {
  return placeholderNames.get(node);
}

/** The argument, as a lambda if it has placeholders. */
export function argumentOf(expr: ast.Expr): ast.Expr {
  return placeholderLambda(expr) ?? expr;
}

/** The value of a binding, as a lambda if it has numbered placeholders: `val f = _1 * 2`. */
export function boundLambdaOf(expr: ast.Expr): ast.Expr {
  const numbered = placeholdersOf(expr).some(({ index }) => index !== null);
  return numbered ? argumentOf(expr) : expr;
}
