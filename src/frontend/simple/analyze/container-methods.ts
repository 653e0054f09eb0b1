// The methods of arrays, dictionaries, texts and ranges by the type of their receiver.
import { callArrayMethod, callRangeMethod } from "./array-methods.ts";
import type { Context } from "./context.ts";
import { callDictMethod } from "./dict-methods.ts";
import type { MethodCall } from "./methods.ts";
import { found, isScalar } from "./simple-type.ts";
import { displayed } from "./text.ts";
import { callTextMethod } from "./text-methods.ts";
import type { Typed, Value } from "./value.ts";

/** `x.to_text()`, which every value has. */
export function isDisplayCall({ name, args }: MethodCall): boolean {
  return (name.text === "to_text" || name.text === "to_string") && args.length === 0;
}

/** A method of a built-in type that is no scalar; undefined for values of other types. */
export function callBuiltinMethod(
  cx: Context,
  receiver: Typed,
  call: MethodCall,
): Value | undefined {
  const type = found(receiver.type);
  if (isScalar(type)) return undefined;
  if (isDisplayCall(call)) return displayed(receiver);
  switch (type.kind) {
    case "array":
      return callArrayMethod(cx, receiver, type, call);
    case "dict":
      return callDictMethod(cx, receiver, type, call);
    case "text":
      return callTextMethod(cx, receiver, call);
    case "range":
      return callRangeMethod(cx, receiver, type, call);
    default:
      return undefined;
  }
}
