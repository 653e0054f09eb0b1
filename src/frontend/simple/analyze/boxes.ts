// Values to and from `any`, and the implicit conversions between types that are not scalars.
import {
  anyType,
  type EnumType,
  type HeapType,
  nilType,
  found,
  isScalar,
  optionOf,
  representation,
  type SimpleType,
} from "./simple-type.ts";
import { unifyTypes } from "./unknowns.ts";
import { typed, type Typed } from "./value.ts";

/** The value as an `any`. A literal is an `i64` or an `f64`. */
export function boxed(value: Typed): Typed {
  const { expr } = value;
  if (expr.type === "any") return typed(anyType, expr);
  if (expr.kind === "nil") return typed(anyType, { ...expr, type: "any" });
  return typed(anyType, { kind: "box", type: "any", operand: expr, span: expr.span });
}

/** The value out of an `any` that is known to hold this type. */
export function unboxed(value: Typed, type: SimpleType): Typed {
  const { expr } = value;
  const wanted = representation(type);
  if (expr.type !== "any" || wanted === "any") return typed(type, expr);
  return typed(type, { kind: "unbox", type: wanted, operand: expr, span: expr.span });
}

/** The value as a value of a type that is not a scalar, where that needs no check at run time; null otherwise. */
export function widened(value: Typed, wanted: SimpleType): Typed | null {
  const type = found(wanted);
  const from = found(value.type);
  if (from === type) return value.literal === null ? value : { ...value, literal: null };
  if (isScalar(type)) return null;
  if (value.expr.kind === "nil") {
    if (type.kind !== "option" && type !== anyType) return null;
    const nil = representation(type) === "ref" ? "ref" : "any";
    return typed(type, { ...value.expr, type: nil });
  }
  if (type === anyType) return boxed(value);
  if (type.kind === "option") return toOption(value, type.inner);
  const general = generalised(from, type) ?? unifyTypes(from, type);
  return general ? typed(type, value.expr) : null;
}

/** Whether an object's type is one of the trait or of the enum's instance that is wanted; null if it is not about those. */
function generalised(from: SimpleType, type: HeapType): boolean | null {
  if (isScalar(from)) return null;
  if (type.kind === "trait" && "shape" in from) return from.shape.traits.has(type);
  if (type.kind !== "enum" || from.kind !== "enum") return null;
  return instanceCoerces(from, type) ? true : null;
}

/** Whether an instance of an enum is one of another, too: where the type arguments that differ hold no value. */
function instanceCoerces(from: EnumType, to: EnumType): boolean {
  if (from.shape !== to.shape) return false;
  return from.args.every((arg, index) => arg === nilType || found(arg) === to.args[index]);
}

/** `Some(value)`: a reference stays as it is, a scalar is boxed. */
function toOption(value: Typed, inner: SimpleType): Typed | null {
  const type = optionOf(inner);
  const from = found(value.type);
  if (!unifyTypes(from, inner)) {
    if (isScalar(from) || isScalar(inner)) return null;
    const inside = from.kind === "option" ? null : widened(value, inner);
    return inside === null ? null : typed(type, inside.expr);
  }
  return representation(type) === "any" ? typed(type, boxed(value).expr) : typed(type, value.expr);
}
