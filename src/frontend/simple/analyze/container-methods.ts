// The methods of arrays, dictionaries, texts and ranges by the type of their receiver.
import { callArrayMethod, callRangeMethod } from "./array-methods.ts";
import { isIntType } from "../../../ir/hir/index.ts";
import { callPrelude, methodOperands } from "./builtin-methods.ts";
import type { Context } from "./context.ts";
import { callDictMethod } from "./dict-methods.ts";
import { libraryCall } from "./heap-nodes.ts";
import type { MethodCall } from "./methods.ts";
import { found, isScalar, textType } from "./simple-type.ts";
import { displayed } from "./text.ts";
import { callTextMethod } from "./text-methods.ts";
import { convert, type Typed, type Value } from "./value.ts";

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
  if (type.kind === "array") return callArrayMethod(cx, receiver, type, call);
  if (type.kind === "dict") return callDictMethod(cx, receiver, type, call);
  if (type.kind === "text") return callTextMethod(cx, receiver, call);
  return type.kind === "range" ? callRangeMethod(cx, receiver, type, call) : undefined;
}

/** Methods of integers that the prelude has. */
const ofIntegers: ReadonlySet<string> = new Set([
  "times",
  "to_hex",
  "to_binary",
  "to_octal",
  "sign",
  "digits",
]);

/** A method of a scalar that is no operation of its type; undefined if it is one, or none. */
export function callScalarMethod(
  cx: Context,
  receiver: Typed,
  call: MethodCall,
): Value | undefined {
  if (isDisplayCall(call)) return displayed(receiver);
  const { name, span } = call;
  if (!isIntType(receiver.type)) return undefined;
  if (name.text === "to_char" || name.text === "chr") {
    const operands = methodOperands(cx, receiver, call, { wanted: [] });
    if (operands.kind !== "method_operands") return operands;
    const code = convert(operands.self, "i64").expr;
    return libraryCall("rt_text_from_code", textType, [code], span);
  }
  if (!ofIntegers.has(name.text)) return undefined;
  const fn = cx.analysis.prelude(`number.${name.text}`);
  return callPrelude(cx, fn, receiver, { call, types: new Map() });
}
