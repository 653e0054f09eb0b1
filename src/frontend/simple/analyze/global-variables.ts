// The variables of the modules' top levels that functions may use: their types, and which are constants.
import type { SourceFile } from "../../../base/index.ts";
import type { GlobalId, HirGlobal } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { nameUses } from "./free-names.ts";
import { nameBindings } from "./module-patterns.ts";
import { constantOf } from "./module-variables.ts";
import type { Reporter } from "./report.ts";
import type { GlobalBinding, Scope } from "./scope.ts";
import { representation, type SimpleType } from "./simple-type.ts";
import { bindingValue } from "./stores.ts";
import { resolveValueType } from "./type-names.ts";
import type { Value } from "./value.ts";

/** What the variables need of the analysis. */
export interface VariableSite {
  readonly report: Reporter;
  /** The scope of the main module. */
  readonly main: Scope;
  /** Of a piece of a session. */
  readonly session: {
    readonly ran: ReadonlySet<ast.Stmt>;
    readonly ranFiles: ReadonlySet<SourceFile>;
    symbolOf(declaration: ast.BindingStmt): string;
  } | null;
  /** A context for an expression in this scope of which nothing is emitted. */
  context(scope: Scope): Context;
  /** A symbol like this one that nothing else has. */
  unique(symbol: string): string;
  /** Whether the result type of a function is being inferred. */
  inferring(): boolean;
}

/** All such variables of a program. */
export class GlobalVariables {
  readonly globals: HirGlobal[] = [];
  readonly #site: VariableSite;
  readonly #assigned = new Set<string>();
  readonly #paths = new Map<Scope, string>();

  constructor(site: VariableSite) {
    this.#site = site;
  }

  /** Whether an assignment in one of the modules has this name as its target. */
  isAssigned(name: string): boolean {
    return this.#assigned.has(name);
  }

  /** Declares the variables of a module in its scope. `path` is the module's, `a.b`. */
  hoist(tree: ast.Module, scope: Scope, path: string): void {
    this.#paths.set(scope, path);
    const uses = nameUses(tree);
    for (const name of uses.assigned) this.#assigned.add(name);
    const declared = new Map<string, number>();
    for (const declaration of tree.body.flatMap(namedBindings)) {
      const { name } = declaration.pattern;
      declared.set(name, (declared.get(name) ?? 0) + 1);
      if (scope.own(name) === undefined) {
        this.#declare(scope, declaration, { name, byFunctions: uses.byFunctions.has(name) });
      }
    }
    for (const [name, count] of declared) {
      const binding = scope.own(name);
      if (count !== 1 || uses.assigned.has(name)) continue;
      if (binding?.kind === "global" && this.#isSteady(binding)) {
        binding.constant = this.#constant(binding);
      }
    }
  }

  #declare(
    scope: Scope,
    declaration: ast.BindingStmt,
    { name, byFunctions }: { readonly name: string; readonly byFunctions: boolean },
  ): void {
    const { main, session } = this.#site;
    scope.declare({
      kind: "global",
      name,
      declaration,
      scope,
      // Importers may use it, and so may later pieces of a session.
      shared: scope !== main || session !== null || byFunctions,
      id: null,
      type: "unknown",
      constant: null,
      declared: hasRun(session, declaration),
      mutable: declaration.mutable,
    });
  }

  /** Whether nothing but this module can assign it. */
  #isSteady({ shared, mutable, scope }: GlobalBinding): boolean {
    const { main, session } = this.#site;
    if (!shared) return false;
    // A later piece of the session may assign it.
    if (session !== null) return !mutable;
    // Other modules may assign what can be assigned.
    return scope === main || !mutable;
  }

  #constant(binding: GlobalBinding): GlobalBinding["constant"] {
    const { kind } = binding.declaration.value;
    const simple = kind === "int" || kind === "float" || kind === "bool";
    if (!simple && kind !== "unary" && kind !== "binary") return null;
    return constantOf(this.#tryValue(binding));
  }

  /** The initialiser's value, for its type alone. */
  #tryValue({ scope, declaration }: GlobalBinding): Value {
    const { report } = this.#site;
    return report.silence(() => bindingValue(this.#site.context(scope), declaration).value);
  }

  /** As `Analysis.globalType`. */
  typeOf(global: GlobalBinding): SimpleType | "error" {
    if (global.constant !== null) return global.constant.type;
    if (global.type === "in-progress") {
      // Without a function in between, the module's body reports a use before the declaration.
      if (this.#site.inferring()) this.#reportCycle(global);
      return "error";
    }
    return global.type === "unknown" ? this.#findType(global) : global.type;
  }

  #findType(global: GlobalBinding): SimpleType | "error" {
    const { type } = global.declaration;
    global.type = type === null ? this.#inferType(global) : this.#declaredType(global, type);
    return global.type;
  }

  #inferType(global: GlobalBinding): SimpleType | "error" {
    global.type = "in-progress";
    const value = this.#tryValue(global);
    if (value.kind === "pending") this.#reportCycle(global);
    return value.kind === "typed" ? value.type : "error";
  }

  #declaredType(global: GlobalBinding, type: ast.TypeExpr): SimpleType | "error" {
    const { report } = this.#site;
    const found = resolveValueType({ report, scope: global.scope, typeArgs: new Map() }, type);
    global.type = found;
    if (type.kind !== "array" && type.kind !== "dict") return found;
    const value = this.#tryValue(global);
    return value.kind === "typed" ? value.type : found;
  }

  #reportCycle({ name, declaration }: GlobalBinding): void {
    this.#site.report.limit(
      "type/variable-cycle",
      `the type of \`${name}\` depends on itself, through the functions that its value calls`,
      declaration.span,
      "Declare its type, as in `val x: i64 = ...`.",
    );
  }

  /** As `Analysis.globalId`. */
  idOf(global: GlobalBinding, type: SimpleType): GlobalId {
    const { name, declaration, scope } = global;
    const { session, main } = this.#site;
    const symbol = (): string => {
      if (session === null) return this.#site.unique(name);
      if (scope === main) return session.symbolOf(declaration);
      // The same in all pieces, whichever module's variable they use first.
      return this.#site.unique(`${this.#paths.get(scope) ?? ""}.${name}`);
    };
    global.id ??= this.globals.push({ symbol: symbol(), name, type: representation(type) }) - 1;
    return global.id;
  }
}

/** Whether a statement of a session, or the module that it is in, has run with an earlier piece. */
export function hasRun(session: VariableSite["session"], statement: ast.Stmt): boolean {
  if (session === null) return false;
  return session.ran.has(statement) || session.ranFiles.has(statement.span.file);
}

function namedBindings(statement: ast.Stmt): ReturnType<typeof nameBindings> {
  return statement.kind === "binding" ? nameBindings(statement) : [];
}
