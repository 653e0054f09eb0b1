// Which expressions give text. Decided by their form: text has no HIR type yet and lives only in print positions.
import type * as ast from "../ast.ts";

const textMethods = new Set(["to_text", "to_string"]);

/** An expression that gives text; the value of a `conversion` is what is turned into text. */
export type TextForm =
  | ast.TextExpr
  | ast.InterpolationExpr
  | ast.IfExpr
  | ast.MatchExpr
  | { readonly kind: "concat"; readonly left: ast.Expr; readonly right: ast.Expr }
  | { readonly kind: "conversion"; readonly operand: ast.Expr; readonly extra: readonly ast.Arg[] };

export function isText(expr: ast.Expr): boolean {
  return textForm(expr) !== null;
}

export function textForm(expr: ast.Expr): TextForm | null {
  if (expr.kind === "text" || expr.kind === "interpolation") return expr;
  if (expr.kind === "binary") {
    const { left, right } = expr;
    return expr.op === "+" && (isText(left) || isText(right))
      ? { kind: "concat", left, right }
      : null;
  }
  if (expr.kind === "if") {
    return endsInText(expr.then) || (expr.else !== null && endsInText(expr.else)) ? expr : null;
  }
  if (expr.kind === "match") return expr.arms.some(({ body }) => endsInText(body)) ? expr : null;
  return conversionForm(expr);
}

/** `x.to_text()`, `x.to_text`, `x as text`. */
function conversionForm(expr: ast.Expr): TextForm | null {
  if (expr.kind === "cast") {
    const { type, operand } = expr;
    const named = type.kind === "named" && ["text", "str", "String"].includes(type.name.text);
    return named ? { kind: "conversion", operand, extra: [] } : null;
  }
  const member = expr.kind === "call" ? expr.callee : expr;
  if (member.kind !== "member" || !textMethods.has(member.name.text)) return null;
  const extra = expr.kind === "call" ? expr.args : [];
  return { kind: "conversion", operand: member.object, extra };
}

function endsInText(block: ast.Block): boolean {
  const last = block.body.at(-1);
  return last?.kind === "expr" && isText(last.value);
}
