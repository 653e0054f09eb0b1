// `x.name` and `x.name(args)`: fields and methods, by the type of `x`.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { callNumberMethod } from "./number-methods.ts";
import { found, isScalar } from "./simple-type.ts";
import { expectValue } from "./convert.ts";
import { errorValue, type Typed, type Value } from "./value.ts";

/** A method call, or a member without parentheses (`args` empty). */
export interface MethodCall {
  readonly object: ast.Expr;
  readonly name: ast.Name;
  readonly args: readonly ast.Arg[];
  readonly span: Span;
}

/** `x.name(args)`. */
export function callMethod(cx: Context, call: MethodCall): Value {
  const { object } = call;
  const receiver = expectValue(cx, cx.lower.expr(cx, object, null), object.span);
  return receiver.kind === "typed" ? callMethodOn(cx, receiver, call) : receiver;
}

/** A method of a value that has just been lowered. */
export function callMethodOn(cx: Context, receiver: Typed, call: MethodCall): Value {
  const type = found(receiver.type);
  if (isScalar(type)) return callNumberMethod(cx, receiver, call);
  cx.report.error(
    "resolve/unknown-method",
    `\`${type}\` has no method \`${call.name.text}\``,
    call.name.span,
  );
  return errorValue;
}
