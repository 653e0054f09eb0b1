// What the declarations of a piece do to those that are in force: which they replace, and which variables cannot stay.
//
// A variable stays as it is in memory, so its type must not change. It does not if its type is written out and no changed
// type can be reached from it. Where the type cannot be written out (that of a lambda says what it captured) it is
// found from the initialiser again, so nothing that the initialiser leads to may have changed.
//
// What the closures hold that are in a variable of a function type does not matter: their code stays the one that they were
// made with, and what goes in and out has the types of the signature.
import { freeNames, nameUses, namesMentioned } from "./analyze/free-names.ts";
import type * as ast from "./ast.ts";
import { namesChangedBy, namesDependingOn, standsIn } from "./dependents.ts";

/** The names that a statement declares for later pieces. */
export function declaredNames(statement: ast.Stmt): string[] {
  if ("name" in statement) return [statement.name.text];
  return statement.kind === "binding" && statement.pattern.kind === "name"
    ? [statement.pattern.name]
    : [];
}

/** The declarations in force with those of a piece: what stays, and the variables that cannot. */
export interface Kept {
  readonly statements: readonly ast.Stmt[];
  readonly dropped: readonly ast.BindingStmt[];
  /** Whether a type, trait or alias is declared anew and differs. */
  readonly changesTypes: boolean;
}

/** What of the declarations in force stays beside the new ones. */
export function keptBeside(old: readonly ast.Stmt[], fresh: readonly ast.Stmt[]): Kept {
  const replaced = new Set(fresh.flatMap(declaredNames));
  const isReplaced = (statement: ast.Stmt): boolean =>
    declaredNames(statement).some((name) => replaced.has(name));
  const changed = changedAmong(old.filter(isReplaced), fresh);
  const rest = old.filter((statement) => !isReplaced(statement));
  const dropped = droppedVariables(rest, { changed, old, fresh });
  const gone = new Set<ast.Stmt>(dropped);
  const statements = rest
    .filter((statement) => !gone.has(statement))
    .flatMap((statement) => withoutReplaced(statement, fresh));
  return { statements, dropped, changesTypes: changed.some(isType) };
}

/** Those of the statements that stay otherwise. */
function droppedVariables(
  rest: readonly ast.Stmt[],
  piece: {
    /** What is replaced by something different. */
    readonly changed: readonly ast.Stmt[];
    readonly old: readonly ast.Stmt[];
    readonly fresh: readonly ast.Stmt[];
  },
): ast.BindingStmt[] {
  const { changed, old, fresh } = piece;
  const variables = rest.flatMap((one) => (one.kind === "binding" ? [one] : []));
  const changesTypes = changed.some(isType);
  const dropped = new Set<ast.BindingStmt>();
  if (changesTypes) {
    const apart = typesApartFrom(changed, old);
    for (const one of variables)
      if (one.type !== null && !consistsOf(one.type, apart)) dropped.add(one);
  }
  // A lambda captures no variables of the session, so its type is the same whatever else has changed.
  const found = variables.filter(
    ({ type, value }) => type === null && (changesTypes || callsSomething(value)),
  );
  if (found.length === 0) return [...dropped];
  const names = namesDependingOn(
    [...dropped, ...newMeanings(old, fresh)].flatMap((one) => [...namesChangedBy(one)]),
    [...rest, ...fresh],
  );
  for (const one of found) if (standsIn(one, names)) dropped.add(one);
  return [...dropped];
}

/** The statements of a piece, other than those that stand there already in the same words. */
function newMeanings(old: readonly ast.Stmt[], fresh: readonly ast.Stmt[]): ast.Stmt[] {
  const names = new Set(fresh.flatMap(declaredNames));
  const again = old.filter(
    (one) => one.kind === "impl" || declaredNames(one).some((name) => names.has(name)),
  );
  const before = new Set(again.map((one) => contentOf(one, true)));
  return fresh.filter((one) => !before.has(contentOf(one, true)));
}

function usesOneOf(statement: ast.Stmt, names: ReadonlySet<string>): boolean {
  const own = statement.kind === "function" ? freeNames(statement) : namesMentioned(statement);
  for (const name of own) if (names.has(name)) return true;
  return false;
}

/** The declarations that are replaced by different ones. */
function changedAmong(gone: readonly ast.Stmt[], fresh: readonly ast.Stmt[]): ast.Stmt[] {
  const next = new Map(fresh.flatMap((one) => declaredNames(one).map((name) => [name, one])));
  return gone.filter((one) =>
    declaredNames(one).some((name) => contentOf(one) !== contentOf(next.get(name))),
  );
}

function isType({ kind }: ast.Stmt): boolean {
  return (
    kind === "struct" ||
    kind === "class" ||
    kind === "enum" ||
    kind === "trait" ||
    kind === "type_alias"
  );
}

/** A declaration without its places; of a type without its methods, which no object depends on, unless they are wanted. */
function contentOf(statement: ast.Stmt | undefined, methods = false): string {
  const objects = statement?.kind !== "trait" && !methods;
  return JSON.stringify(statement, (name, value: unknown) => {
    if (name === "span" || name === "head" || (objects && name === "methods")) return undefined;
    return typeof value === "bigint" ? `${value}n` : value;
  });
}

/** As `typeExpression` writes them. */
const builtIn = /^([iu](8|16|32|64)|f(32|64)|bool|text)$/;

/** Whether the type is made of numbers, bools, texts, functions of such and these types alone. */
function consistsOf(type: ast.TypeExpr, types: ReadonlySet<string>): boolean {
  switch (type.kind) {
    case "named": {
      const { text } = type.name;
      return type.args.length === 0 && (builtIn.test(text) || types.has(text));
    }
    case "array":
      return consistsOf(type.element, types);
    case "dict":
      return consistsOf(type.key, types) && consistsOf(type.value, types);
    case "tuple":
      return type.elements.every((element) => consistsOf(element, types));
    case "optional":
      return consistsOf(type.inner, types);
    case "function":
      return [...type.params, ...(type.result === null ? [] : [type.result])].every((part) =>
        consistsOf(part, types),
      );
    case "union":
    case "dyn":
      return false;
  }
}

/**
 * The types in force whose objects cannot lead to one of a changed type, other than from within a closure. Those with values of
 * any type in them are not among them, nor are generic ones.
 */
function typesApartFrom(changed: readonly ast.Stmt[], old: readonly ast.Stmt[]): Set<string> {
  const parts = new Map<string, readonly (ast.TypeExpr | null)[]>();
  for (const statement of old) {
    const types = partsOf(statement);
    if (types !== null && !changed.includes(statement))
      parts.set(declaredNames(statement)[0] ?? "", types);
  }
  const apart = new Set(parts.keys());
  for (let before = -1; before !== apart.size;) {
    before = apart.size;
    for (const name of apart) {
      const types = parts.get(name) ?? [];
      if (!types.every((type) => type !== null && consistsOf(type, apart))) apart.delete(name);
    }
  }
  return apart;
}

/** The types of an object's fields; null if the statement declares no type of objects, or a generic one. */
function partsOf(statement: ast.Stmt): readonly (ast.TypeExpr | null)[] | null {
  const { kind } = statement;
  if (kind !== "struct" && kind !== "class" && kind !== "enum") return null;
  if (statement.generics.length > 0) return null;
  return kind === "enum"
    ? statement.variants.flatMap(({ payload }) => payload.map(({ type }) => type))
    : statement.fields.map(({ type }) => type);
}

/** Whether the type of an initialiser may depend on a function. That of a lambda is the lambda itself. */
function callsSomething(value: ast.Expr): boolean {
  return !["lambda", "nil", "int", "float", "bool", "text", "range"].includes(value.kind);
}

/** The statement without what the new ones replace in it: methods, imported names, or the whole of a `use` that stands there again. */
function withoutReplaced(statement: ast.Stmt, fresh: readonly ast.Stmt[]): ast.Stmt[] {
  if (statement.kind === "use") {
    const content = contentOf(statement);
    if (fresh.some((one) => one.kind === "use" && contentOf(one) === content)) return [];
    const { items } = statement;
    if (items === null || items === "all") return [statement];
    const declared = new Set(fresh.flatMap(declaredNames));
    const staying = items.filter(({ text }) => !declared.has(text));
    return [staying.length === items.length ? statement : { ...statement, items: staying }];
  }
  if (statement.kind !== "impl") return [statement];
  const target = targetOf(statement);
  const again = fresh.filter((one) => one.kind === "impl" && targetOf(one) === target);
  if (again.length === 0) return [statement];
  // Of a trait all methods belong together.
  if (statement.trait !== null) return [];
  const names = new Set(again.flatMap((one) => methodsOf(one).map(({ name }) => name.text)));
  const methods = statement.methods.filter(({ name }) => !names.has(name.text));
  return methods.length === 0 ? [] : [{ ...statement, methods }];
}

function methodsOf(statement: ast.Stmt): readonly ast.FunctionDecl[] {
  return statement.kind === "impl" ? statement.methods : [];
}

/** What an `impl` adds methods to, and for which trait. */
function targetOf({ trait, type, generics }: ast.ImplDecl): string {
  return JSON.stringify([trait, type, generics], (name, value: unknown) =>
    name === "span" ? undefined : value,
  );
}

/** What a piece leaves as it was. */
export interface Settled {
  /**
   * Functions, and types with their methods, of which the piece declares, assigns and drops nothing that they use, directly
   * or not. They have been checked, and are built again only where something else needs them.
   */
  readonly statements: ReadonlySet<ast.Stmt>;
  /** The names of what is not as it was; null if everything is taken to be another. */
  readonly changed: ReadonlySet<string> | null;
}

/**
 * What of the statements in force is settled. Nothing if the piece declares more than functions and variables, or if methods
 * are concerned, which operators and loops call without their names.
 */
export function settledBeside({ statements, dropped }: Kept, fresh: readonly ast.Stmt[]): Settled {
  const none: Settled = { statements: new Set(), changed: null };
  if (!fresh.every(isLocal)) return none;
  const changed = new Set([...fresh, ...dropped].flatMap(declaredNames));
  for (const name of nameUses({ body: fresh }).assigned) changed.add(name);
  const settled = new Set(statements);
  for (let before = -1; before !== settled.size;) {
    before = settled.size;
    for (const statement of settled) {
      if (!usesOneOf(statement, changed)) continue;
      if (!isLocal(statement)) return none;
      settled.delete(statement);
      for (const name of declaredNames(statement)) changed.add(name);
    }
  }
  return { statements: settled, changed };
}

const farReaching: ReadonlySet<ast.Stmt["kind"]> = new Set([
  "struct",
  "class",
  "enum",
  "trait",
  "impl",
  "type_alias",
  "extern",
  "use",
  "export",
]);

/** Whether the statement declares functions and variables at most. */
function isLocal({ kind }: ast.Stmt): boolean {
  return !farReaching.has(kind);
}
