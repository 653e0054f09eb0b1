// Type parameters: what they stand for in a call, by comparing the types of parameters with those of the arguments.
import type * as ast from "../ast.ts";
import { found, isScalar, typeKey, type SimpleType } from "./simple-type.ts";
import type { Typed } from "./value.ts";

/** Whether a type expression names one of these type parameters. */
export function mentionsGeneric(type: ast.TypeExpr, generics: ReadonlySet<string>): boolean {
  switch (type.kind) {
    case "named":
      return (
        generics.has(type.name.text) || type.args.some((arg) => mentionsGeneric(arg, generics))
      );
    case "array":
      return mentionsGeneric(type.element, generics);
    case "dict":
      return mentionsGeneric(type.key, generics) || mentionsGeneric(type.value, generics);
    case "tuple":
      return type.elements.some((element) => mentionsGeneric(element, generics));
    case "optional":
      return mentionsGeneric(type.inner, generics);
    case "function":
      return (
        type.params.some((param) => mentionsGeneric(param, generics)) ||
        (type.result !== null && mentionsGeneric(type.result, generics))
      );
    case "union":
      return type.options.some((option) => mentionsGeneric(option, generics));
    case "dyn":
      return false;
  }
}

/** What type parameters stand for so far; a literal's type gives way to any other. */
export interface Solution {
  readonly types: Map<string, SimpleType>;
  readonly weak: Set<string>;
}

/** Compares a parameter's type with an argument and notes what its type parameters are. */
export function solve(
  solution: Solution,
  generics: ReadonlySet<string>,
  pattern: ast.TypeExpr,
  argument: Typed,
): void {
  match(solution, generics, pattern, { type: argument.type, weak: argument.literal !== null });
}

interface Part {
  readonly type: SimpleType;
  readonly weak: boolean;
}

function match(
  solution: Solution,
  generics: ReadonlySet<string>,
  pattern: ast.TypeExpr,
  { type: actual, weak }: Part,
): void {
  const type = found(actual);
  const inner = (part: ast.TypeExpr | undefined, of: SimpleType | undefined): void => {
    if (part !== undefined && of !== undefined) match(solution, generics, part, { type: of, weak });
  };
  if (pattern.kind === "named" && generics.has(pattern.name.text)) {
    note(solution, pattern.name.text, { type, weak });
    return;
  }
  if (pattern.kind === "optional") {
    inner(pattern.inner, !isScalar(type) && type.kind === "option" ? type.inner : type);
    return;
  }
  if (isScalar(type)) return;
  if (pattern.kind === "array" && type.kind === "array") inner(pattern.element, type.element);
  else if (pattern.kind === "dict" && type.kind === "dict") {
    inner(pattern.key, type.key);
    inner(pattern.value, type.value);
  } else if (pattern.kind === "tuple" && type.kind === "tuple") {
    pattern.elements.forEach((element, index) => inner(element, type.elements[index]));
  } else if (pattern.kind === "named") {
    const args = argumentsOf(type);
    pattern.args.forEach((arg, index) => inner(arg, args[index]));
  } else if (pattern.kind === "function" && type.kind === "function") {
    pattern.params.forEach((param, index) => inner(param, type.params[index]));
    if (pattern.result !== null && type.result !== "unit") inner(pattern.result, type.result);
  }
}

function argumentsOf(type: SimpleType): readonly SimpleType[] {
  if (isScalar(type)) return [];
  if (type.kind === "struct" || type.kind === "class" || type.kind === "enum") return type.args;
  if (type.kind === "array") return [type.element];
  if (type.kind === "dict") return [type.key, type.value];
  return type.kind === "option" ? [type.inner] : [];
}

function note({ types, weak }: Solution, name: string, part: Part): void {
  const known = types.get(name);
  if (known !== undefined && !(weak.has(name) && !part.weak)) return;
  types.set(name, part.type);
  if (part.weak) weak.add(name);
  else weak.delete(name);
}

/** A text that tells tuples of types apart. */
export function keyOfTypes(types: Iterable<SimpleType | "error">): string {
  return [...types].map(typeKey).join();
}
