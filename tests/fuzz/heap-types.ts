// The types of generated programs beyond numbers. Two types are the same if their source texts are.
import type { ScalarType } from "../../src/ir/hir/index.ts";

interface Named {
  /** As written in the source. */
  readonly name: string;
}

export type HeapType =
  | (Named & { readonly kind: "scalar"; readonly scalar: ScalarType })
  | (Named & { readonly kind: "text" | "any" })
  | (Named & { readonly kind: "array"; readonly element: HeapType })
  | (Named & { readonly kind: "dict"; readonly key: HeapType; readonly value: HeapType })
  | (Named & { readonly kind: "tuple"; readonly parts: readonly HeapType[] })
  | (Named & { readonly kind: "option" | "result"; readonly of: HeapType })
  | (Named & {
      readonly kind: "function";
      readonly params: readonly HeapType[];
      readonly result: HeapType;
    })
  | (Named & { readonly kind: "object"; readonly object: ObjectDeclaration })
  | (Named & { readonly kind: "enum"; readonly variants: readonly Variant[] })
  | (Named & { readonly kind: "trait"; readonly implementers: HeapType[] });

export interface Field {
  readonly name: string;
  readonly type: HeapType;
}

export interface Method {
  readonly name: string;
  readonly params: readonly HeapType[];
  readonly result: HeapType | null;
  /** May change the object. */
  readonly changes: boolean;
  readonly cost: number;
}

/** A struct or a class. */
export interface ObjectDeclaration {
  readonly keyword: "struct" | "class";
  readonly name: string;
  readonly fields: readonly Field[];
  readonly methods: Method[];
}

export interface Variant {
  readonly name: string;
  readonly fields: readonly HeapType[];
}

export function scalarType(scalar: ScalarType): HeapType {
  return { kind: "scalar", scalar, name: scalar };
}

export const textType: HeapType = { kind: "text", name: "text" };
export const anyValueType: HeapType = { kind: "any", name: "Any" };
export const i64Type: HeapType = scalarType("i64");
export const boolType: HeapType = scalarType("bool");

export function arrayOf(element: HeapType): HeapType {
  return { kind: "array", element, name: `[${element.name}]` };
}

export function dictOf(key: HeapType, value: HeapType): HeapType {
  return { kind: "dict", key, value, name: `{${key.name}: ${value.name}}` };
}

export function tupleOf(parts: readonly HeapType[]): HeapType {
  return { kind: "tuple", parts, name: `(${parts.map(({ name }) => name).join(", ")})` };
}

export function optionOf(of: HeapType): HeapType {
  return { kind: "option", of, name: `${of.name}?` };
}

export function resultOf(of: HeapType): HeapType {
  return { kind: "result", of, name: `Result<${of.name}, text>` };
}

export function functionOf(params: readonly HeapType[], result: HeapType): HeapType {
  const list = params.map(({ name }) => name).join(", ");
  return { kind: "function", params, result, name: `fn(${list}) -> ${result.name}` };
}

/** Whether values of the type are displayed and compared: functions are not. */
export function isShown(type: HeapType): boolean {
  switch (type.kind) {
    case "function":
      return false;
    case "array":
      return isShown(type.element);
    case "dict":
      return isShown(type.value);
    case "tuple":
      return type.parts.every(isShown);
    case "option":
    case "result":
      return isShown(type.of);
    case "scalar":
    case "text":
    case "any":
    case "object":
    case "enum":
    case "trait":
      return true;
  }
}

/** Whether `==` is defined on values of the type in every case: what holds a value of any type is left out. */
export function isCompared(type: HeapType): boolean {
  return isShown(type) && !/Any|Trait/u.test(type.name);
}
