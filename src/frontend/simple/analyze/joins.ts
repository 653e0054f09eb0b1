// The type that two values have in common.
import { isFloatType } from "../../../ir/hir/index.ts";
import { coerce } from "./convert.ts";
import { enumType } from "./nominal.ts";
import {
  found,
  isScalar,
  nilType,
  optionOf,
  type SimpleType,
  type TraitType,
} from "./simple-type.ts";
import type { Typed } from "./value.ts";

/** The common type of two branches: literals adapt, lossless widening is silent. */
export function joinTypes(a: Typed, b: Typed): SimpleType | null {
  if (a.literal !== null && b.literal !== null) {
    return isFloatType(a.type) || isFloatType(b.type) ? "f64" : a.type;
  }
  const joined = joinInstances(found(a.type), found(b.type));
  if (joined !== null) return joined;
  if (isNil(a) !== isNil(b)) return optionOf(isNil(a) ? b.type : a.type);
  if (b.literal !== null && coerce(b, a.type) !== null) return a.type;
  if (coerce(a, b.type) !== null) return b.type;
  return coerce(b, a.type) === null ? commonTrait(found(a.type), found(b.type)) : a.type;
}

/** The trait that two types share, if they share only one. */
function commonTrait(a: SimpleType, b: SimpleType): TraitType | null {
  if (isScalar(a) || isScalar(b) || !("shape" in a) || !("shape" in b)) return null;
  const shared = [...a.shape.traits].filter((trait) => b.shape.traits.has(trait));
  return shared.length === 1 ? (shared[0] ?? null) : null;
}

/** Of two instances of an enum: type arguments that hold no value give way to the other's. */
function joinInstances(a: SimpleType, b: SimpleType): SimpleType | null {
  if (isScalar(a) || isScalar(b) || a.kind !== "enum" || b.kind !== "enum") return null;
  if (a === b || a.shape !== b.shape) return null;
  const args = a.args.map((arg, index) => (arg === nilType ? (b.args[index] ?? arg) : arg));
  const joined = enumType(a.shape, args);
  return b.args.every((arg, index) => arg === nilType || arg === args[index]) ? joined : null;
}

function isNil(value: Typed): boolean {
  return value.type === nilType;
}
