// Making optional values.
import type { Span } from "../../../base/index.ts";
import { boxed } from "./boxes.ts";
import {
  found,
  isScalar,
  nilType,
  optionOf,
  representation,
  type SimpleType,
} from "./simple-type.ts";
import { typed, type Typed } from "./value.ts";

/** Nil of the type that the place wants. */
export function nilValue(hint: SimpleType | null, span: Span): Typed {
  const type = hint === null ? null : found(hint);
  if (type !== null && !isScalar(type) && type.kind === "option") {
    const of = representation(type) === "ref" ? "ref" : "any";
    return typed(type, { kind: "nil", type: of, span });
  }
  return typed(nilType, { kind: "nil", type: "any", span });
}

/** `Some(x)`: an optional value stays as it is. */
export function someValue(value: Typed): Typed {
  const type = optionOf(value.type);
  if (value.type === nilType || type === found(value.type)) return value;
  return representation(type) === "any" ? typed(type, boxed(value).expr) : typed(type, value.expr);
}
