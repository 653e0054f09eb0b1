// Which declarations may mean something else because of what a piece declares, by the names that stand in them.
//
// Needed for variables whose types are found from their initialisers again: what these lead to, over functions, methods, types and
// other variables, must be as it was. A name too many costs a variable, a name too few what is in memory its meaning: so every
// string of a declaration counts as a name.
import type * as ast from "./ast.ts";

/**
 * The names that may have another meaning, if those of `first` have; with those of declarations that use them, directly or not.
 * `all` are the declarations in force from now on.
 */
export function namesDependingOn(
  first: Iterable<string>,
  all: readonly ast.Stmt[],
): ReadonlySet<string> {
  const names = new Set(first);
  const others = new Set(all);
  for (let before = -1; before !== names.size;) {
    before = names.size;
    for (const statement of others) {
      if (!standsIn(statement, names)) continue;
      others.delete(statement);
      for (const name of namesChangedBy(statement)) names.add(name);
    }
  }
  return names;
}

/** Whether one of the names stands in the declaration. */
export function standsIn(statement: ast.Stmt, names: ReadonlySet<string>): boolean {
  for (const text of stringsIn(statement)) if (names.has(text)) return true;
  return false;
}

/** The names whose meaning a statement gives or adds to. Those of assignments are not among them: types do not depend on them. */
export function namesChangedBy(statement: ast.Stmt): Iterable<string> {
  const { kind } = statement;
  if (kind === "impl") return [statement.type, statement.trait].flatMap(namesIn);
  if (kind === "use") return stringsIn(statement);
  if (kind === "binding") return stringsIn(statement.pattern);
  if (kind === "enum") {
    return [statement.name.text, ...statement.variants.map(({ name }) => name.text)];
  }
  return "name" in statement ? [statement.name.text] : [];
}

function namesIn(type: ast.TypeExpr | null): string[] {
  return type === null ? [] : [...stringsIn(type)];
}

const known = new WeakMap<object, ReadonlySet<string>>();

/** All texts of a tree. */
function stringsIn(tree: object): ReadonlySet<string> {
  const before = known.get(tree);
  if (before !== undefined) return before;
  const strings = new Set<string>();
  addStrings(tree, strings);
  known.set(tree, strings);
  return strings;
}

/** Fields that lead out of the tree, or are no names. */
const skipped: ReadonlySet<string> = new Set(["span", "head", "kind", "op"]);

function addStrings(value: unknown, strings: Set<string>): void {
  if (typeof value === "string") strings.add(value);
  else if (Array.isArray(value)) for (const item of value) addStrings(item, strings);
  else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value))
      if (!skipped.has(key)) addStrings(part, strings);
  }
}
