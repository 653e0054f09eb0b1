// The variables of a loop.
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { describe } from "./context.ts";
import { owned, shared } from "./copies.ts";
import { declareUnknown } from "./patterns.ts";
import { presentValue } from "./option-values.ts";
import { anyType, found, isScalar } from "./simple-type.ts";
import { tupleElement } from "./tuples.ts";
import type { Typed } from "./value.ts";

/** Whether the body of the loop assigns a name. */
export interface LoopNames {
  assigns(name: string): boolean;
}

/** Gives the variables of the pattern their values for one turn. */
export function bindLoopPattern(
  cx: Context,
  names: LoopNames,
  pattern: ast.Pattern,
  value: Typed,
): void {
  const { builder, scope } = cx;
  if (pattern.kind === "wildcard") return;
  if (pattern.kind === "name") {
    const { name } = pattern;
    const mutable = names.assigns(name);
    const local = builder.addLocal(name, value.type, !mutable);
    builder.set(local, (mutable ? owned(cx, value) : shared(cx, value)).expr);
    scope.declare({ kind: "local", name, owner: builder, local, type: value.type, mutable });
    return;
  }
  if (pattern.kind === "tuple" || pattern.kind === "array") {
    bindElements(cx, names, pattern, value);
    return;
  }
  cx.report.error(
    "type/pattern",
    "the variables of a loop are names or tuples of names",
    pattern.span,
    "Take the value apart in the body with `match`.",
  );
  declareUnknown(cx, pattern);
}

function bindElements(
  cx: Context,
  names: LoopNames,
  pattern: ast.TuplePattern | ast.ArrayPattern,
  value: Typed,
): void {
  const whole = cx.builder.spillTyped(presentValue(cx, value, pattern.span));
  const type = found(whole.type);
  const count = pattern.elements.length;
  if (type === anyType) {
    pattern.elements.forEach((element, index) =>
      bindLoopPattern(cx, names, element, cx.lower.anyElement(cx, whole, index, pattern.span)),
    );
    return;
  }
  if (isScalar(type) || type.kind !== "tuple" || type.elements.length !== count) {
    cx.report.error(
      "type/pattern",
      `${count} names for a value of type ${describe(value)}`,
      pattern.span,
      "Only a tuple can be taken apart, into as many names as it has elements.",
    );
    declareUnknown(cx, pattern);
    return;
  }
  pattern.elements.forEach((element, index) => {
    const part = tupleElement(cx, whole, index, pattern.span);
    if (part.kind === "typed") bindLoopPattern(cx, names, element, part);
  });
}

/** Two values that come together, without the tuple that they would be. */
export function bindPair(
  cx: Context,
  names: LoopNames,
  pattern: ast.TuplePattern | ast.ArrayPattern,
  pair: readonly [Typed, Typed],
): void {
  pattern.elements.forEach((element, index) => {
    const value = pair[index];
    if (value !== undefined) bindLoopPattern(cx, names, element, value);
  });
}

/** Whether the pattern takes a pair apart. */
export function isPairPattern(
  pattern: ast.Pattern,
): pattern is ast.TuplePattern | ast.ArrayPattern {
  return (pattern.kind === "tuple" || pattern.kind === "array") && pattern.elements.length === 2;
}
