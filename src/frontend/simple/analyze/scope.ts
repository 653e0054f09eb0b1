// Names and what they stand for.
import type { LocalId } from "../../../ir/hir/index.ts";
import type { Span } from "../../../base/index.ts";
import type { ExternDecl, FunctionDecl, BindingStmt, TypeExpr } from "../ast.ts";
import type { Builder } from "./builder.ts";
import type { Instance } from "./context.ts";
import type { Signature } from "./signature.ts";
import type { Typed } from "./value.ts";
import type { EnumShape, ObjectShape } from "./nominal.ts";
import type { SimpleType, TraitType } from "./simple-type.ts";

/** A variable of a function. `type` is "error" when its initialiser had none. */
export interface LocalBinding {
  readonly kind: "local";
  readonly name: string;
  readonly owner: Builder;
  readonly local: LocalId;
  readonly type: SimpleType | "error" | "pending";
  readonly mutable: boolean;
  /** Its annotation. */
  readonly declared?: TypeExpr | null;
}

/** A module-level variable. The module's body has a local for it unless functions use it too. */
export interface GlobalBinding {
  readonly kind: "global";
  readonly name: string;
  readonly declaration: BindingStmt;
  /** Of its module, or of its group of examples. */
  readonly scope: Scope;
  /** Functions use it, so it is a global of the module. */
  readonly shared: boolean;
  /** Index into the module's globals, given on the first use that is emitted. */
  id: number | null;
  type: SimpleType | "error" | "unknown" | "in-progress";
  /** The value of a constant that is never assigned: such a variable needs no storage. */
  constant: Typed | null;
  /** The module's body has passed the declaration. */
  declared: boolean;
  readonly mutable: boolean;
}

/** A local that a nested function reads: `value` is its copy at the definition, passed at each call. */
export interface Capture {
  readonly source: LocalBinding;
  readonly value: LocalBinding;
}

export interface FunctionBinding {
  readonly kind: "function";
  readonly name: string;
  readonly decl: FunctionDecl;
  readonly path: string;
  /** Where the names of the body are looked up. */
  readonly scope: Scope;
  /** Type parameters of enclosing functions. */
  readonly typeArgs: TypeArgs;
  /** Null until the definition has been reached. */
  captures: readonly Capture[] | null;
  /** The parameters, once they are resolved without an error. */
  signature: Signature | null;
  /** The instance of a function that can have only one. */
  single: Instance | null;
  /** It stands for a method of a trait: its body calls that of the object's own type. */
  readonly dispatch?: TraitType;
}

export type TypeArgs = ReadonlyMap<string, SimpleType | "error">;

export interface ExternBinding {
  readonly kind: "extern";
  readonly name: string;
  readonly decl: ExternDecl;
  readonly scope: Scope;
}

export interface AliasBinding {
  readonly kind: "alias";
  readonly name: string;
  readonly type: TypeExpr;
  readonly scope: Scope;
}

/** A struct or a class. */
export interface ObjectBinding {
  readonly kind: "object";
  readonly name: string;
  readonly shape: ObjectShape;
}

export interface EnumBinding {
  readonly kind: "enum";
  readonly name: string;
  readonly shape: EnumShape;
}

export interface TraitBinding {
  readonly kind: "trait";
  readonly name: string;
  readonly type: TraitType;
}

/** A name from a module that is not loaded. */
export interface ImportBinding {
  readonly kind: "import";
  readonly name: string;
  readonly span: Span;
  /** Its import was an error already. */
  readonly reported: boolean;
}

/** A module by its name: `m.f(x)`. */
export interface ModuleBinding {
  readonly kind: "module";
  readonly name: string;
  readonly path: string;
  readonly scope: Scope;
  /** The names that it shows. */
  names(): readonly string[];
}

export type Binding =
  | LocalBinding
  | GlobalBinding
  | FunctionBinding
  | ExternBinding
  | AliasBinding
  | ObjectBinding
  | EnumBinding
  | TraitBinding
  | ImportBinding
  | ModuleBinding;

export class Scope {
  readonly parent: Scope | null;
  readonly #bindings = new Map<string, Binding>();

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  declare(binding: Binding): void {
    this.#bindings.set(binding.name, binding);
  }

  /** Makes something of another scope known here. */
  declareAs(name: string, binding: Binding): void {
    this.#bindings.set(name, binding);
  }

  own(name: string): Binding | undefined {
    return this.#bindings.get(name);
  }

  lookup(name: string): Binding | undefined {
    return this.#bindings.get(name) ?? this.parent?.lookup(name);
  }

  ownNames(): string[] {
    return [...this.#bindings.keys()];
  }

  /** Every name in sight, inner ones first. */
  names(): string[] {
    const own = [...this.#bindings.keys()];
    return this.parent === null ? own : [...own, ...this.parent.names()];
  }
}
