// Calls of functions of the prelude with arguments that are lowered.
import type { Span } from "../../../base/index.ts";
import type { Context } from "./context.ts";
import type { SimpleType } from "./simple-type.ts";
import type { Typed, Value } from "./value.ts";

/** Calls a function of the prelude whose type parameters, if it has any, all stand for one type. */
export function callPreludeFunction(
  cx: Context,
  name: string,
  args: readonly Typed[],
  { element, span }: { readonly element?: SimpleType; readonly span: Span },
): Value {
  const fn = cx.analysis.prelude(name);
  if (element === undefined) return cx.lower.callFunction(cx, fn, args, span);
  const typeArgs = new Map(fn.decl.generics.map(({ text }) => [text, element] as const));
  return cx.lower.callFunction(cx, { ...fn, typeArgs }, args, span);
}
