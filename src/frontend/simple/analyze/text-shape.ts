// Which expressions give text. Decided by their form: text has no HIR type yet and lives only in print positions.
import type * as ast from "../ast.ts";

const textMethods = new Set(["to_text", "to_string"]);

export function isText(expr: ast.Expr): boolean {
  switch (expr.kind) {
    case "text":
    case "interpolation":
      return true;
    case "binary":
      return expr.op === "+" && (isText(expr.left) || isText(expr.right));
    case "call":
      return expr.callee.kind === "member" && textMethods.has(expr.callee.name.text);
    case "member":
      return textMethods.has(expr.name.text);
    case "cast":
      return expr.type.kind === "named" && ["text", "str", "String"].includes(expr.type.name.text);
    case "if":
      return endsInText(expr.then) || (expr.else !== null && endsInText(expr.else));
    case "match":
      return expr.arms.some(({ body }) => endsInText(body));
    default:
      return false;
  }
}

function endsInText(block: ast.Block): boolean {
  const last = block.body.at(-1);
  return last?.kind === "expr" && isText(last.value);
}

/** The expression that a block ends in, if it does. */
export function tailOf(block: ast.Block): ast.Expr | null {
  const last = block.body.at(-1);
  return last?.kind === "expr" ? last.value : null;
}
