// Type ids: what the objects of a type are told by at run time.
import type { Expr } from "../../../ir/hir/index.ts";
import type { Span } from "../../../base/index.ts";
import { arrayTypeId, typeIds as libraryIds } from "../../../runtime/index.ts";
import type { Analysis, Context } from "./context.ts";
import { variantsOf } from "./enums.ts";
import { signatureLayout } from "./lambdas.ts";
import { enumType, objectType } from "./nominal.ts";
import { objectLayout } from "./objects.ts";
import {
  found,
  isScalar,
  representation,
  type EnumType,
  type ObjectType,
  type SimpleType,
} from "./simple-type.ts";
import { tupleLayout } from "./tuples.ts";
import { isOpen } from "./unknowns.ts";
import { intConst } from "./value.ts";

/** The structs, classes and enums of the program that may have objects. */
export function concreteTypes(analysis: Analysis): readonly (ObjectType | EnumType)[] {
  const types: (ObjectType | EnumType)[] = [];
  analysis.usesAllTypes = true;
  for (const shape of analysis.shapes.all) {
    if (shape.decl.generics.length === 0) {
      types.push("fields" in shape ? objectType(shape, []) : enumType(shape, []));
    } else for (const type of shape.instances.values()) if (!isOpen(type)) types.push(type);
  }
  return types;
}

/** Type ids of the objects of a type; null where any object may be of it. */
export function typeIds(cx: Context, wanted: SimpleType): readonly number[] | null {
  const type = found(wanted);
  if (isScalar(type)) return null;
  switch (type.kind) {
    case "text":
      return [libraryIds.text];
    case "array":
      return [arrayTypeId(representation(type.element))];
    case "dict":
      return [libraryIds.dict_i64, libraryIds.dict_text, libraryIds.dict_any];
    case "struct":
    case "class":
      return [objectLayout(cx, type).id];
    case "enum":
      return variantsOf(cx, type).map(({ layout }) => layout);
    case "tuple":
      return [tupleLayout(cx, type).id];
    case "function":
      return [signatureLayout(cx, type).id];
    case "trait":
      return concreteTypes(cx.analysis)
        .filter(({ shape }) => shape.traits.has(type))
        .flatMap((one) => typeIds(cx, one) ?? []);
    case "option":
      return typeIds(cx, type.inner);
    case "any":
    case "nil":
    case "range":
    case "lambda":
    case "unknown":
      return null;
  }
}

/** Whether a type id is one of these. */
export function isOneOf(id: Expr, ids: readonly number[], span: Span): Expr {
  const tests = ids.map((one): Expr => {
    const right = intConst("u32", BigInt(one), span);
    return { kind: "compare", type: "bool", op: "eq", left: id, right, span };
  });
  const [first, ...rest] = tests;
  if (first === undefined) return { kind: "bool", type: "bool", value: false, span };
  return rest.reduce(
    (left, right): Expr => ({ kind: "logic", type: "bool", op: "or", left, right, span }),
    first,
  );
}
