// Short-circuit `and` and `or`, also where the right side needs statements.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import type { Context } from "./context.ts";
import { boolConst, boolTyped, type Nothing, type Value } from "./value.ts";

export interface LazyOperands {
  readonly left: Expr;
  readonly right: () => Expr | Nothing;
  readonly span: Span;
}

export function lazy(cx: Context, op: "and" | "or", { left, right, span }: LazyOperands): Value {
  const { builder } = cx;
  const branch = builder.branch(right);
  const { value, body } = branch;
  const decided = boolConst(op === "or", span);
  if (!("span" in value)) {
    if (value.kind !== "never") return value;
    // The right side leaves: behind it, the left side has decided.
    builder.emit(when(op, left, body, []));
    return boolTyped(decided);
  }
  if (body.length === 0) {
    return boolTyped({ kind: "logic", type: "bool", op, left, right: value, span });
  }
  const local = builder.addLocal("$t", "bool", false);
  body.push({ kind: "set", local, value, span });
  builder.emit(when(op, left, body, [{ kind: "set", local, value: decided, span }]));
  return boolTyped(builder.read(local, span));
}

type Body = Context["builder"]["body"];

/** Runs `body` where the left side leaves the result open, `otherwise` where it decides it. */
function when(op: "and" | "or", left: Expr, body: Body, otherwise: Body): Body[number] {
  return {
    kind: "if",
    condition: left,
    then: op === "and" ? body : otherwise,
    else: op === "and" ? otherwise : body,
    span: left.span,
  };
}
