// What is known of structs, classes and enums: one shape per declaration, one type per tuple of type arguments.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import type { FunctionBinding, Scope } from "./scope.ts";
import { EnumType, instanceOf, ObjectType, type SimpleType } from "./simple-type.ts";

/** A struct or class declaration. */
export interface ObjectShape {
  readonly name: string;
  readonly decl: ast.StructDecl;
  /** Where its field types and methods are resolved. */
  readonly scope: Scope;
  /** Instances by type arguments. */
  readonly instances: Map<string, ObjectType>;
  /** Methods by name, from the body and from `impl` blocks; those of traits come last. */
  readonly methods: Map<string, MethodBinding>;
  /** Traits that it implements, by name. */
  readonly traits: Set<ast.TraitDecl>;
  /** Field types by instance; filled at first use. */
  readonly fields: Map<ObjectType, readonly FieldInfo[]>;
}

export interface EnumShape {
  readonly name: string;
  readonly decl: ast.EnumDecl;
  readonly scope: Scope;
  readonly instances: Map<string, EnumType>;
  readonly methods: Map<string, MethodBinding>;
  readonly traits: Set<ast.TraitDecl>;
  readonly variants: Map<EnumType, readonly VariantInfo[]>;
}

/** A method is a function whose first parameter is `self`, unless it is static. */
export interface MethodBinding {
  readonly name: string;
  readonly receiver: ast.Receiver;
  readonly decl: ast.FunctionDecl;
  readonly span: Span;
  /** The function of each instance of its type: `Self` and the type parameters differ. */
  readonly functions: Map<SimpleType, FunctionBinding>;
  /** Names of the type parameters that the `impl` block gives, in the order of the type's arguments. */
  readonly generics: readonly string[];
  readonly scope: Scope;
}

export interface FieldInfo {
  readonly name: string;
  readonly type: SimpleType | "error";
  readonly default: ast.Expr | null;
  readonly span: Span;
  readonly offset: number;
}

export interface VariantInfo {
  readonly name: string;
  readonly decl: ast.Variant;
  readonly fields: readonly FieldInfo[];
  /** Type id of its objects. */
  readonly layout: number;
}

/** The type of a struct or class with these type arguments. */
export function objectType(shape: ObjectShape, args: readonly SimpleType[]): ObjectType {
  return instanceOf(shape.instances, args, () => new ObjectType(shape.decl.kind, shape, args));
}

/** The type of an enum with these type arguments. */
export function enumType(shape: EnumShape, args: readonly SimpleType[]): EnumType {
  return instanceOf(shape.instances, args, () => new EnumType(shape, args));
}

/** The shape of a struct or class declaration, with the methods of its body. */
export function objectShape(decl: ast.StructDecl, scope: Scope): ObjectShape {
  const shape: ObjectShape = {
    name: decl.name.text,
    decl,
    scope,
    instances: new Map(),
    methods: new Map(),
    traits: new Set(),
    fields: new Map(),
  };
  addMethods(shape, decl, scope);
  return shape;
}

/** The shape of an enum declaration, with the methods of its body. */
export function enumShape(decl: ast.EnumDecl, scope: Scope): EnumShape {
  const shape: EnumShape = {
    name: decl.name.text,
    decl,
    scope,
    instances: new Map(),
    methods: new Map(),
    traits: new Set(),
    variants: new Map(),
  };
  addMethods(shape, decl, scope);
  return shape;
}

type Shape = ObjectShape | EnumShape;

function addMethods(shape: Shape, decl: ast.StructDecl | ast.EnumDecl, scope: Scope): void {
  const generics = decl.generics.map(({ text }) => text);
  for (const method of decl.methods) addMethod(shape, method, { generics, scope });
}

/** Adds a method; `generics` are the names that its block gives to the type's arguments. */
export function addMethod(
  shape: Shape,
  decl: ast.FunctionDecl,
  { generics, scope }: { readonly generics: readonly string[]; readonly scope: Scope },
): void {
  const name = decl.name.text;
  const { receiver, head: span } = decl;
  shape.methods.set(name, { name, receiver, decl, span, functions: new Map(), generics, scope });
}
