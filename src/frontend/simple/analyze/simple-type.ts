// The types of Simple. Scalars are the strings of HIR; every other type is an object, and there is one object per type,
// so that types are compared with `===`. `String(type)` is the spelling that messages use.
import { preludePath, SourceFile, type Span } from "../../../base/index.ts";
import type { ScalarType, Type, ValueType } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import type { EnumShape, ObjectShape } from "./nominal.ts";
import type { FunctionBinding } from "./scope.ts";

/** The type of a value. */
export type SimpleType = ScalarType | HeapType;
/** `unit`: no value. */
export type ResultType = SimpleType | "unit";

/** What all types that are objects share. */
class TypeObject {
  /** Types made of this one and others, by constructor and other parts: one object per type. */
  readonly derived = new Map<string, HeapType>();
  readonly id: number;

  constructor() {
    this.id = nextId++;
  }
}
let nextId = 0;

export class TextType extends TypeObject {
  readonly kind = "text";
  override toString(): string {
    return "text";
  }
}

/** Anything, with its type known at run time only. */
export class AnyType extends TypeObject {
  readonly kind = "any";
  override toString(): string {
    return "Any";
  }
}

/** `a..b` as a value; `stepped`: with a step other than 1. */
export class RangeType extends TypeObject {
  readonly kind = "range";
  readonly stepped: boolean;

  constructor(stepped: boolean) {
    super();
    this.stepped = stepped;
  }

  override toString(): string {
    return "range";
  }
}

/** The type of `nil` until its place gives it one. */
export class NilType extends TypeObject {
  readonly kind = "nil";
  override toString(): string {
    return "nil";
  }
}

export class ArrayType extends TypeObject {
  readonly kind = "array";
  readonly element: SimpleType;

  constructor(element: SimpleType) {
    super();
    this.element = element;
  }

  override toString(): string {
    return `[${this.element}]`;
  }
}

export class DictType extends TypeObject {
  readonly kind = "dict";
  readonly key: SimpleType;
  readonly value: SimpleType;

  constructor(key: SimpleType, value: SimpleType) {
    super();
    this.key = key;
    this.value = value;
  }

  override toString(): string {
    return `{${this.key}: ${this.value}}`;
  }
}

export class TupleType extends TypeObject {
  readonly kind = "tuple";
  readonly elements: readonly SimpleType[];

  constructor(elements: readonly SimpleType[]) {
    super();
    this.elements = elements;
  }

  override toString(): string {
    return `(${this.elements.join(", ")}${this.elements.length === 1 ? "," : ""})`;
  }
}

/** `inner` is never nil itself. */
export class OptionType extends TypeObject {
  readonly kind = "option";
  readonly inner: SimpleType;

  constructor(inner: SimpleType) {
    super();
    this.inner = inner;
  }

  override toString(): string {
    return `${this.inner}?`;
  }
}

/** A function value of which the signature alone is known: called through its closure. */
export class FunctionType extends TypeObject {
  readonly kind = "function";
  readonly params: readonly SimpleType[];
  readonly result: ResultType;

  constructor(params: readonly SimpleType[], result: ResultType) {
    super();
    this.params = params;
    this.result = result;
  }

  override toString(): string {
    const result = this.result === "unit" ? "" : ` -> ${this.result}`;
    return `fn(${this.params.join(", ")})${result}`;
  }
}

/**
 * The type of one lambda or of one function used as a value: calls go to it directly, with an instance for the argument
 * types. `source` is compared by identity and holds what the captures are.
 */
export class LambdaType extends TypeObject {
  readonly kind = "lambda";
  readonly source: LambdaSource;
  /** How deep lambdas that captured lambdas are nested in it; 1 for one without such captures. */
  readonly depth: number;

  constructor(source: LambdaSource) {
    super();
    this.source = source;
    this.depth = 1 + source.captures.reduce((most, type) => Math.max(most, lambdaDepth(type)), 0);
  }

  override toString(): string {
    return `fn(${this.source.fn.decl.params.map(({ name }) => name.text).join(", ")})`;
  }
}

function lambdaDepth(type: SimpleType): number {
  const actual = found(type);
  return !isScalar(actual) && actual.kind === "lambda" ? actual.depth : 0;
}

/** What a lambda type is the type of. Values are closures with the captures, or one static object if there are none. */
export interface LambdaSource {
  /** The function that is called with the arguments and then the captures, as it was lowered last. */
  fn: FunctionBinding;
  readonly captures: readonly SimpleType[];
  /** The signature that a parameter declares for it, and the type of its values without that. */
  readonly declared?: { readonly signature: FunctionType; readonly plain: LambdaType };
}

/** A struct (a value) or a class (a reference), with its type arguments. */
export class ObjectType extends TypeObject {
  readonly kind: "struct" | "class";
  readonly name: string;
  readonly args: readonly SimpleType[];
  readonly shape: ObjectShape;

  constructor(kind: "struct" | "class", shape: ObjectShape, args: readonly SimpleType[]) {
    super();
    this.kind = kind;
    this.name = shape.name;
    this.args = args;
    this.shape = shape;
  }

  override toString(): string {
    return withArgs(this.name, this.args);
  }
}

export class EnumType extends TypeObject {
  readonly kind = "enum";
  readonly name: string;
  readonly args: readonly SimpleType[];
  readonly shape: EnumShape;

  constructor(shape: EnumShape, args: readonly SimpleType[]) {
    super();
    this.name = shape.name;
    this.args = args;
    this.shape = shape;
  }

  override toString(): string {
    return withArgs(this.name, this.args);
  }
}

/** An object of some type that implements the trait. */
export class TraitType extends TypeObject {
  readonly kind = "trait";
  readonly decl: ast.TraitDecl;

  constructor(decl: ast.TraitDecl) {
    super();
    this.decl = decl;
  }

  override toString(): string {
    return this.decl.name.text;
  }
}

/**
 * A type that is not known yet: the element of `[]`, the inner type of `nil`. Found by the uses of the value while a
 * function is analysed for the first time; `bound` is the answer.
 */
export class UnknownType extends TypeObject {
  readonly kind = "unknown";
  bound: SimpleType | null = null;
  /** Only a literal has said what it is. */
  weak = false;

  override toString(): string {
    return this.bound === null ? "_" : String(this.bound);
  }
}

export type HeapType =
  | TextType
  | AnyType
  | NilType
  | RangeType
  | ArrayType
  | DictType
  | TupleType
  | OptionType
  | FunctionType
  | LambdaType
  | ObjectType
  | EnumType
  | TraitType
  | UnknownType;

function withArgs(name: string, args: readonly SimpleType[]): string {
  return args.length === 0 ? name : `${name}<${args.join(", ")}>`;
}

export const textType = new TextType();
export const anyType = new AnyType();
export const nilType = new NilType();
export const rangeType = new RangeType(false);
export const steppedRangeType = new RangeType(true);

/** The place of what the compiler adds: no frame of a trace, and messages about it point to where it is used. */
export const noSpan: Span = { file: new SourceFile(preludePath, ""), start: 0, end: 0 };

/** Any object at all: what elements of arrays are taken for whose types are known at run time only. */
export const anyObject = new TraitType({
  kind: "trait",
  name: { text: "object", span: noSpan },
  generics: [],
  methods: [],
  span: noSpan,
});

export function isScalar(type: ResultType): type is ScalarType {
  return typeof type === "string" && type !== "unit";
}

/** A text that tells types apart. */
export function typeKey(type: ResultType | "error"): string {
  return typeof type === "string" ? type : `#${type.id}`;
}

const ofScalars = new Map<string, HeapType>();

/** The one type of a constructor and its parts. */
function derived<T extends HeapType>(
  constructor: string,
  parts: readonly ResultType[],
  make: () => T,
): HeapType {
  const owner = parts.find((part) => typeof part !== "string");
  const table = owner === undefined || typeof owner === "string" ? ofScalars : owner.derived;
  const key = `${constructor} ${parts.map(typeKey).join()}`;
  let type = table.get(key);
  if (type === undefined) table.set(key, (type = make()));
  return type;
}

export function arrayOf(element: SimpleType): ArrayType {
  const type = derived("array", [element], () => new ArrayType(element));
  if (type.kind !== "array") throw new Error("not an array type");
  return type;
}

export function dictOf(key: SimpleType, value: SimpleType): DictType {
  const type = derived("dict", [key, value], () => new DictType(key, value));
  if (type.kind !== "dict") throw new Error("not a dictionary type");
  return type;
}

export function tupleOf(elements: readonly SimpleType[]): TupleType {
  const type = derived(`tuple${elements.length}`, elements, () => new TupleType(elements));
  if (type.kind !== "tuple") throw new Error("not a tuple type");
  return type;
}

/** `T?`. An optional `Any` is `Any`, nil stays nil, and `T??` is `T?`. */
export function optionOf(inner: SimpleType): SimpleType {
  if (inner === anyType || inner === nilType) return inner;
  if (!isScalar(inner) && inner.kind === "option") return inner;
  return derived("option", [inner], () => new OptionType(inner));
}

export function functionOf(params: readonly SimpleType[], result: ResultType): FunctionType {
  const type = derived(
    `fn${params.length}`,
    [...params, result],
    () => new FunctionType(params, result),
  );
  if (type.kind !== "function") throw new Error("not a function type");
  return type;
}

/** A struct, class or enum of these type arguments. `make` is called once for each tuple of them. */
export function instanceOf<T extends ObjectType | EnumType>(
  table: Map<string, T>,
  args: readonly SimpleType[],
  make: () => T,
): T {
  const key = args.map(typeKey).join();
  let type = table.get(key);
  if (type === undefined) table.set(key, (type = make()));
  return type;
}

/** The type behind unknowns that were found. */
export function found(type: SimpleType): SimpleType {
  let current = type;
  while (typeof current !== "string" && current.kind === "unknown" && current.bound !== null) {
    current = current.bound;
  }
  return current;
}

/** How HIR holds values of the type. An optional scalar is an `any`; other optional values are references or nil. */
export function representation(type: SimpleType): ValueType {
  if (typeof type === "string") return type;
  if (type.kind === "any" || type.kind === "nil") return "any";
  if (type.kind === "unknown") return type.bound === null ? "any" : representation(type.bound);
  return type.kind === "option" && representation(type.inner) !== "ref" ? "any" : "ref";
}

export function resultRepresentation(type: ResultType): Type {
  return type === "unit" ? "unit" : representation(type);
}

/** Whether values are copied when they are bound, passed or stored: structs, and what holds structs by value. */
export function isCopied(type: SimpleType): boolean {
  if (typeof type === "string") return false;
  if (type.kind === "struct") return true;
  if (type.kind === "tuple") return type.elements.some(isCopied);
  return type.kind === "option" && isCopied(type.inner);
}
