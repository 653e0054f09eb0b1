// Types as type expressions, for declarations that must keep their type.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import {
  found,
  isScalar,
  type AnyType,
  type HeapType,
  type LambdaType,
  type NilType,
  type RangeType,
  type ResultType,
  type SimpleType,
  type TextType,
  type TraitType,
  type UnknownType,
} from "./simple-type.ts";

/** The type written out; null for types that cannot be written, such as those of lambdas. */
export function typeExpression(wanted: ResultType, span: Span): ast.TypeExpr | null {
  if (wanted === "unit") return { kind: "tuple", elements: [], span };
  const type = found(wanted);
  if (isScalar(type)) return named(type, [], span);
  switch (type.kind) {
    case "text":
      return named("text", [], span);
    case "any":
      return named("Any", [], span);
    case "trait":
      return named(type.decl.name.text, [], span);
    case "lambda":
    case "nil":
    case "range":
    case "unknown":
      return null;
    case "array":
    case "dict":
    case "tuple":
    case "option":
    case "function":
    case "struct":
    case "class":
    case "enum":
      return compound(type, span);
  }
}

type Compound = Exclude<
  HeapType,
  TextType | AnyType | TraitType | LambdaType | NilType | RangeType | UnknownType
>;

/** A type made of others. */
function compound(type: Compound, span: Span): ast.TypeExpr | null {
  switch (type.kind) {
    case "array": {
      const element = typeExpression(type.element, span);
      return element === null ? null : { kind: "array", element, span };
    }
    case "dict": {
      const [key, value] = [typeExpression(type.key, span), typeExpression(type.value, span)];
      return key === null || value === null ? null : { kind: "dict", key, value, span };
    }
    case "tuple": {
      const elements = all(type.elements, span);
      return elements === null ? null : { kind: "tuple", elements, span };
    }
    case "option": {
      const inner = typeExpression(type.inner, span);
      return inner === null ? null : { kind: "optional", inner, span };
    }
    case "function": {
      const params = all(type.params, span);
      const result = typeExpression(type.result, span);
      return params === null || result === null ? null : { kind: "function", params, result, span };
    }
    case "struct":
    case "class":
    case "enum": {
      const args = all(type.args, span);
      return args === null ? null : named(type.name, args, span);
    }
  }
}

function named(text: string, args: readonly ast.TypeExpr[], span: Span): ast.TypeExpr {
  return { kind: "named", name: { text, span }, args, span };
}

function all(types: readonly SimpleType[], span: Span): ast.TypeExpr[] | null {
  const written: ast.TypeExpr[] = [];
  for (const type of types) {
    const expression = typeExpression(type, span);
    if (expression === null) return null;
    written.push(expression);
  }
  return written;
}
