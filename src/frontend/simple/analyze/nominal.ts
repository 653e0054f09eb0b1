// What is known of structs, classes and enums: one shape per declaration, one type per tuple of type arguments.
import type { Span } from "../../../base/index.ts";
import type * as ast from "../ast.ts";
import { Scope, type FunctionBinding } from "./scope.ts";
import { EnumType, instanceOf, ObjectType, TraitType, type SimpleType } from "./simple-type.ts";

/** A struct or class declaration. */
export interface ObjectShape {
  readonly name: string;
  readonly decl: ast.StructDecl;
  /** Where its field types and methods are resolved: of the latest analysis of the block that declares it. */
  scope: Scope;
  /** Instances by type arguments. */
  readonly instances: Map<string, ObjectType>;
  /** Methods by name, from the body and from `impl` blocks; those of traits come last. */
  readonly methods: Map<string, MethodBinding>;
  /** Traits that it implements, by name. */
  readonly traits: Set<TraitType>;
  /** Field types by instance; filled at first use. */
  readonly fields: Map<ObjectType, readonly FieldInfo[]>;
}

export interface EnumShape {
  readonly name: string;
  readonly decl: ast.EnumDecl;
  scope: Scope;
  readonly instances: Map<string, EnumType>;
  readonly methods: Map<string, MethodBinding>;
  readonly traits: Set<TraitType>;
  readonly variants: Map<EnumType, readonly VariantInfo[]>;
  /** One key for each variant and types of its fields: instances whose fields are alike share the layout. */
  readonly layouts: Map<string, object>;
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
  scope: Scope;
}

export type Shape = ObjectShape | EnumShape;

export interface FieldInfo {
  readonly name: string;
  readonly type: SimpleType | "error";
  readonly declared: ast.TypeExpr | null;
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
function objectShape(decl: ast.StructDecl, scope: Scope): ObjectShape {
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
function enumShape(decl: ast.EnumDecl, scope: Scope): EnumShape {
  const shape: EnumShape = {
    name: decl.name.text,
    decl,
    scope,
    instances: new Map(),
    methods: new Map(),
    traits: new Set(),
    variants: new Map(),
    layouts: new Map(),
  };
  addMethods(shape, decl, scope);
  return shape;
}

function addMethods(shape: Shape, decl: ast.StructDecl | ast.EnumDecl, scope: Scope): void {
  const generics = decl.generics.map(({ text }) => text);
  for (const method of decl.methods) addMethod(shape, method, { generics, scope });
}

/** The block that declares the type is analysed again: its names are looked up in the new scope. */
function renewShape(shape: Shape, scope: Scope): void {
  shape.scope = scope;
  for (const method of shape.methods.values()) {
    method.scope = scope;
    method.functions.clear();
  }
}

/**
 * Adds a method; `generics` are the names that its block gives to the type's arguments. Gives the method that has this
 * name already, if any.
 */
export function addMethod(
  shape: Shape,
  decl: ast.FunctionDecl,
  { generics, scope }: { readonly generics: readonly string[]; readonly scope: Scope },
): MethodBinding | null {
  const name = decl.name.text;
  const { receiver, head: span } = decl;
  const earlier = shape.methods.get(name);
  if (earlier !== undefined && earlier.decl !== decl) return earlier;
  shape.methods.set(name, { name, receiver, decl, span, functions: new Map(), generics, scope });
  return null;
}

/** Where the names in a trait are looked up: its type parameters are of any type. */
function erasedScope({ generics }: ast.TraitDecl, outer: Scope): Scope {
  if (generics.length === 0) return outer;
  const scope = new Scope(outer);
  for (const { text, span } of generics) {
    const type: ast.TypeExpr = { kind: "named", name: { text: "Any", span }, args: [], span };
    scope.declare({ kind: "alias", name: text, type, scope: outer });
  }
  return scope;
}

/** The types that a module declares, one shape for each declaration however often its block is analysed. */
export class Shapes {
  readonly #byDecl = new Map<ast.StructDecl | ast.EnumDecl, Shape>();
  readonly #traits = new Map<ast.TraitDecl, TraitType>();
  readonly #traitScopes = new Map<TraitType, Scope>();
  /** The functions that stand for the methods of traits, by name. */
  readonly traitFunctions = new Map<TraitType, Map<string, FunctionBinding>>();

  get all(): Iterable<Shape> {
    return this.#byDecl.values();
  }

  ofObject(decl: ast.StructDecl, scope: Scope): ObjectShape {
    const known = this.#byDecl.get(decl);
    if (known !== undefined && "fields" in known) {
      renewShape(known, scope);
      return known;
    }
    const shape = objectShape(decl, scope);
    this.#byDecl.set(decl, shape);
    return shape;
  }

  ofTrait(decl: ast.TraitDecl, scope: Scope): TraitType {
    let type = this.#traits.get(decl);
    if (type === undefined) this.#traits.set(decl, (type = new TraitType(decl)));
    this.#traitScopes.set(type, erasedScope(decl, scope));
    return type;
  }

  /** Where the names in a trait are looked up. */
  traitScope(trait: TraitType): Scope {
    const scope = this.#traitScopes.get(trait);
    if (scope === undefined) throw new Error(`the trait ${trait} is not declared`);
    return scope;
  }

  ofEnum(decl: ast.EnumDecl, scope: Scope): EnumShape {
    const known = this.#byDecl.get(decl);
    if (known !== undefined && "variants" in known) {
      renewShape(known, scope);
      return known;
    }
    const shape = enumShape(decl, scope);
    this.#byDecl.set(decl, shape);
    return shape;
  }
}
