// `x.name` and `x.name(args)`: fields and methods, by the type of `x`.
import type { Context } from "./context.ts";
import { memberOfObject, reportUnknownMember, type MethodCall } from "./methods.ts";
import { callBuiltinMethod, callScalarMethod, isDisplayCall } from "./container-methods.ts";
import { callNumberMethod } from "./number-methods.ts";
import { optionalMember, optionMethod } from "./options.ts";
import { presentValue } from "./option-values.ts";
import { tupleMethod } from "./tuples.ts";
import { anyType, found, isScalar } from "./simple-type.ts";
import { displayed } from "./text.ts";
import { expectValue } from "./convert.ts";
import { errorValue, type Typed, type Value } from "./value.ts";

/** `x.name(args)`. */
export function callMethod(cx: Context, call: MethodCall): Value {
  const { object } = call;
  const receiver = expectValue(cx, cx.lower.expr(cx, object, null), object.span);
  return receiver.kind === "typed" ? callMethodOn(cx, receiver, call) : receiver;
}

/** A method of a value that has just been lowered. */
export function callMethodOn(cx: Context, receiver: Typed, call: MethodCall): Value {
  const type = found(receiver.type);
  if (isScalar(type)) {
    return (
      callScalarMethod(cx, receiver, call) ??
      optionMethod(cx, receiver, call) ??
      callNumberMethod(cx, receiver, call)
    );
  }
  if (type === anyType) return callAnyMethod(cx, receiver, call);
  const member = memberOfObject(cx, receiver, call);
  if (member !== undefined) return member;
  const tuple = tupleMethod(cx, receiver, call.name.text, call.span);
  if (tuple !== undefined) return tuple;
  const walks = type.kind === "array" || type.kind === "dict" || type.kind === "range";
  // Every value has the methods of optional ones, but the `map` of a collection is its own.
  const option = walks && call.name.text === "map" ? undefined : optionMethod(cx, receiver, call);
  if (option !== undefined) return option;
  const builtin = callBuiltinMethod(cx, receiver, call);
  if (builtin !== undefined) return builtin;
  if (type.kind === "option") {
    return callMethodOn(cx, presentValue(cx, receiver, call.object.span), call);
  }
  return reportUnknownMember(cx, receiver, call);
}

/** What means the same for values of all types needs no look at the type. */
const universal: ReadonlySet<string> = new Set([
  "is_nil",
  "is_none",
  "is_some",
  "to_string",
  "to_text",
]);

function callAnyMethod(cx: Context, receiver: Typed, call: MethodCall): Value {
  const { text: name } = call.name;
  if (universal.has(name) && call.args.length === 0 && !isDefined(cx, name)) {
    return isDisplayCall(call)
      ? displayed(receiver)
      : (optionMethod(cx, receiver, call) ?? errorValue);
  }
  return cx.lower.anyMember(cx, receiver, call);
}

/** Whether a type of the program has a method of this name. */
function isDefined(cx: Context, name: string): boolean {
  cx.analysis.usesAllTypes = true;
  for (const { methods } of cx.analysis.shapes.all) if (methods.has(name)) return true;
  return false;
}

/** `x?.name` and `x?.name(args)`. */
export function callOptional(cx: Context, call: MethodCall): Value {
  const { object, span } = call;
  const receiver = expectValue(cx, cx.lower.expr(cx, object, null), object.span);
  if (receiver.kind !== "typed") return receiver;
  return optionalMember(cx, receiver, span, (present) => callMethodOn(cx, present, call));
}
