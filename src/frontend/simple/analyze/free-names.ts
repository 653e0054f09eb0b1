// The names that a function uses and does not declare itself. Walks the tree by its shape, so that it covers every
// construct; where it is not exact (a name declared only in one branch) it gives a name too many, which is harmless.
import type { Block, Expr, FunctionDecl, PlaceholderExpr, Stmt } from "../ast.ts";

/** A node of the tree, by its fields. */
export type Fields = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Fields without expressions or statements: spans lead out of the tree, types and declared names are their own. */
const bare: ReadonlySet<string> = new Set([
  "span", "head", "file", "type", "result", "name", "kind", "op", "generics", "typeArgs",
]); // prettier-ignore

function leadsOut(key: string): boolean {
  return bare.has(key);
}

/** Calls `enter` for every node; what is below a node is left out where that gives false. */
export function walk(value: unknown, enter: (node: Fields) => boolean): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) walk(item, enter);
  } else if (isNode(value) && enter(value)) {
    for (const key in value) if (!leadsOut(key)) walk(value[key], enter);
  }
}

/** Names bound in a scope and around it. */
class Bound {
  #names: Set<string> | null = null;
  readonly #outer: Bound | null;

  constructor(outer: Bound | null) {
    this.#outer = outer;
  }

  add(name: string): void {
    this.#names ??= new Set();
    this.#names.add(name);
  }

  has(name: string): boolean {
    if (this.#names?.has(name) === true) return true;
    return this.#outer !== null && this.#outer.has(name);
  }
}

interface Found {
  readonly used: Set<string>;
  readonly assigned: Set<string>;
}

const freeOf = new WeakMap<FunctionDecl, ReadonlySet<string>>();

export function freeNames(decl: FunctionDecl): ReadonlySet<string> {
  const known = freeOf.get(decl);
  if (known !== undefined) return known;
  const used = new Set<string>();
  const outer = new Bound(null);
  outer.add(decl.name.text);
  if (isNode(decl)) visitFunction(decl, outer, { used, assigned: new Set() });
  freeOf.set(decl, used);
  return used;
}

const mentionedBy = new WeakMap<object, ReadonlySet<string>>();

/** All names that stand in a tree: of variables, functions, members; what it declares itself may be among them. */
export function namesMentioned(tree: object): ReadonlySet<string> {
  const known = mentionedBy.get(tree);
  if (known !== undefined) return known;
  const names = new Set<string>();
  walk(tree, (node) => {
    const { kind, name } = node;
    if (kind === "name") names.add(String(name));
    else if (kind === "member" && isNode(name)) names.add(String(name["text"]));
    return true;
  });
  mentionedBy.set(tree, names);
  return names;
}

export interface NameUses {
  /** Names that functions of the module, nested ones and lambdas too, use from outside themselves. */
  readonly byFunctions: ReadonlySet<string>;
  /** Names that some assignment in the module has as its target. */
  readonly assigned: ReadonlySet<string>;
}

export function nameUses({ body }: { readonly body: readonly Stmt[] }): NameUses {
  const byFunctions = new Set<string>();
  const assigned = new Set<string>();
  for (const statement of body) {
    const uses = usesOfStatement(statement);
    for (const name of uses.byFunctions) byFunctions.add(name);
    for (const name of uses.assigned) assigned.add(name);
  }
  return { byFunctions, assigned };
}

const usesOf = new WeakMap<Stmt, NameUses>();

function usesOfStatement(statement: Stmt): NameUses {
  const known = usesOf.get(statement);
  if (known !== undefined) return known;
  const byFunctions = new Set<string>();
  const assigned = new Set<string>();
  const functions: Fields[] = [];
  walk(statement, (node) => {
    addTarget(node, assigned);
    if (!isFunction(node) && node["kind"] !== "block_call") return true;
    functions.push(node);
    return false;
  });
  const found = { used: byFunctions, assigned };
  for (const node of functions) visitFunction(node, new Bound(null), found);
  const uses = { byFunctions, assigned };
  usesOf.set(statement, uses);
  return uses;
}

/** Notes the name that the node assigns. */
function addTarget(node: Fields, names: Set<string>): true {
  if (node["kind"] === "assign") {
    const { target } = node;
    if (isNode(target) && target["kind"] === "name") names.add(String(target["name"]));
  }
  return true;
}

function isFunction(node: Fields): boolean {
  const { kind } = node;
  // Functions of the host have defaults.
  if (kind === "lambda" || kind === "extern") return true;
  return kind === "function" && Array.isArray(node["generics"]);
}

function visit(value: unknown, bound: Bound, found: Found): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) visit(item, bound, found);
    return;
  }
  if (isNode(value)) visitNode(value, bound, found);
}

function visitNode(value: Fields, bound: Bound, found: Found): void {
  switch (value["kind"]) {
    case "lambda":
    case "extern":
    case "function":
      if (isFunction(value)) visitFunction(value, bound, found);
      else visitChildren(value, bound, found);
      return;
    case "name": {
      const name = String(value["name"]);
      if (!bound.has(name)) found.used.add(name);
      return;
    }
    case "self":
      if (!bound.has("self")) found.used.add("self");
      return;
    case "int":
    case "float":
    case "bool":
    case "text":
      return;
    case "assign":
      addTarget(value, found.assigned);
      visitChildren(value, bound, found);
      return;
    case "block":
      visitBlock(value["body"], new Bound(bound), found);
      return;
    case "binding":
    case "bind_condition":
      visit(value["value"], bound, found);
      bindPattern(value["pattern"], bound);
      return;
    default:
      if (value["pattern"] === undefined) visitChildren(value, bound, found);
      else visitPatternScope(value, bound, found);
  }
}

function visitChildren(node: Fields, bound: Bound, found: Found): void {
  for (const key in node) if (!leadsOut(key)) visit(node[key], bound, found);
}

/** `for`, match arms and comprehensions: the iterable is outside, everything else sees the pattern's names. */
function visitPatternScope(node: Fields, bound: Bound, found: Found): void {
  visit(node["iterable"], bound, found);
  const inner = new Bound(bound);
  bindPattern(node["pattern"], inner);
  for (const key in node) {
    if (!leadsOut(key) && key !== "pattern" && key !== "iterable") visit(node[key], inner, found);
  }
}

function visitBlock(body: unknown, bound: Bound, found: Found): void {
  if (!Array.isArray(body)) return;
  for (const statement of body) {
    if (isNode(statement) && isFunction(statement) && isNode(statement["name"])) {
      bound.add(String(statement["name"]["text"]));
    }
  }
  visit(body, bound, found);
}

/** A default sees the parameters before it. */
function visitFunction(node: Fields, bound: Bound, found: Found): void {
  const inner = new Bound(bound);
  const { params, body } = node;
  for (const param of Array.isArray(params) ? params : []) {
    if (!isNode(param)) continue;
    visit(param["default"], inner, found);
    if (isNode(param["name"])) inner.add(String(param["name"]["text"]));
  }
  if (isNode(body)) visitBlock(body["body"], inner, found);
}

function bindPattern(pattern: unknown, bound: Bound): void {
  for (const name of namesIn(pattern)) bound.add(name);
}

/** The names that a pattern binds. */
export function namesIn(pattern: unknown): string[] {
  const names: string[] = [];
  walk(pattern, (node) => {
    if (node["kind"] === "name") names.push(String(node["name"]));
    return node["kind"] !== "name" && node["kind"] !== "literal";
  });
  return names;
}

const targetsOf = new WeakMap<Block, ReadonlySet<string>>();

/** Whether some assignment inside has this name as its target. */
export function assigns(block: Block, name: string): boolean {
  let targets = targetsOf.get(block);
  if (targets === undefined) {
    const found = new Set<string>();
    walk(block.body, (node) => addTarget(node, found));
    targetsOf.set(block, (targets = found));
  }
  return targets.has(name);
}

/** The placeholders of an expression that do not belong to an argument or lambda inside it, in source order. */
export function placeholdersOf(expr: Expr): PlaceholderExpr[] {
  const found: PlaceholderExpr[] = [];
  const enter = (node: Fields): boolean => {
    const { kind } = node;
    if (isPlaceholder(node)) found.push(node);
    if (kind === "lambda") return false;
    const argument = "spread" in node && "value" in node ? node["value"] : null;
    // A placeholder alone as an argument stands for a parameter of the lambda around the call: `xs.map(f(_))`.
    return argument === null || (isNode(argument) && isPlaceholder(argument));
  };
  walk(expr, enter);
  return found;
}

function isPlaceholder(node: object): node is PlaceholderExpr {
  return "kind" in node && node.kind === "placeholder";
}

/** Whether the statement itself, functions in it aside, calls this name. */
export function callsOf(statement: Stmt, name: string): boolean {
  let found = false;
  walk(statement, (node) => {
    if (found || isFunction(node)) return false;
    if (node["kind"] !== "call") return true;
    const { callee } = node;
    found = isNode(callee) && callee["name"] === name;
    return !found;
  });
  return found;
}

/** Whether one of these names stands somewhere in the expression. */
export function mentions(expr: Expr, names: ReadonlySet<string>): boolean {
  let found = false;
  walk(expr, (node) => {
    found ||= node["kind"] === "name" && names.has(String(node["name"]));
    return !found;
  });
  return found;
}
