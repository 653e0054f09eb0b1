// The names that a function uses and does not declare itself. Walks the tree by its shape, so that it covers every
// construct; where it is not exact (a name declared only in one branch) it gives a name too many, which is harmless.
import type { Block, FunctionDecl, Module, Stmt } from "../ast.ts";

type Fields = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

class Bound {
  readonly #names = new Set<string>();
  readonly #outer: Bound | null;

  constructor(outer: Bound | null) {
    this.#outer = outer;
  }

  add(name: string): void {
    this.#names.add(name);
  }

  has(name: string): boolean {
    return this.#names.has(name) || (this.#outer?.has(name) ?? false);
  }
}

export function freeNames(decl: FunctionDecl): ReadonlySet<string> {
  const found = new Set<string>();
  const outer = new Bound(null);
  outer.add(decl.name.text);
  visitFunction(decl, outer, found);
  return found;
}

/** The names that functions of the module, nested ones and lambdas too, use from outside themselves. */
export function namesUsedByFunctions(module: Module): ReadonlySet<string> {
  const found = new Set<string>();
  const visitOutside = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visitOutside(item);
    if (!isNode(value)) return;
    if (isFunction(value)) visitFunction(value, new Bound(null), found);
    else for (const child of children(value)) visitOutside(child);
  };
  visitOutside(module.body);
  return found;
}

/** The names that some assignment in the module has as its target. */
export function assignedNames(module: Module): ReadonlySet<string> {
  const found = new Set<string>();
  const visitAll = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visitAll(item);
    if (!isNode(value)) return;
    if (
      value["kind"] === "assign" &&
      isNode(value["target"]) &&
      value["target"]["kind"] === "name"
    ) {
      found.add(String(value["target"]["name"]));
    }
    for (const child of children(value)) visitAll(child);
  };
  visitAll(module.body);
  return found;
}

function isFunction(node: Fields): boolean {
  return (
    node["kind"] === "lambda" || (node["kind"] === "function" && Array.isArray(node["generics"]))
  );
}

/** The parts of a node; spans lead out of the tree and are left out. */
function children(node: Fields): unknown[] {
  const parts: unknown[] = [];
  for (const key of Object.keys(node)) {
    if (key !== "span" && key !== "head" && key !== "file") parts.push(node[key]);
  }
  return parts;
}

function visit(value: unknown, bound: Bound, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, bound, found);
    return;
  }
  if (!isNode(value)) return;
  if (isFunction(value)) {
    visitFunction(value, bound, found);
    return;
  }
  switch (value["kind"]) {
    case "name": {
      const name = String(value["name"]);
      if (!bound.has(name)) found.add(name);
      return;
    }
    case "block":
      visitBlock(value["body"], new Bound(bound), found);
      return;
    case "binding":
    case "bind_condition":
      visit(value["value"], bound, found);
      bindPattern(value["pattern"], bound);
      return;
    default:
      if ("pattern" in value) visitPatternScope(value, bound, found);
      else for (const child of children(value)) visit(child, bound, found);
  }
}

/** `for`, match arms and comprehensions: the iterable is outside, everything else sees the pattern's names. */
function visitPatternScope(node: Fields, bound: Bound, found: Set<string>): void {
  visit(node["iterable"], bound, found);
  const inner = new Bound(bound);
  bindPattern(node["pattern"], inner);
  for (const key of Object.keys(node)) {
    if (!["span", "pattern", "iterable"].includes(key)) visit(node[key], inner, found);
  }
}

function visitBlock(body: unknown, bound: Bound, found: Set<string>): void {
  if (!Array.isArray(body)) return;
  for (const statement of body) {
    if (isNode(statement) && isFunction(statement) && isNode(statement["name"])) {
      bound.add(String(statement["name"]["text"]));
    }
  }
  visit(body, bound, found);
}

function visitFunction(node: Fields | FunctionDecl, bound: Bound, found: Set<string>): void {
  const fields: Fields = { ...node };
  const inner = new Bound(bound);
  for (const param of Array.isArray(fields["params"]) ? fields["params"] : []) {
    if (!isNode(param)) continue;
    visit(param["default"], bound, found);
    if (isNode(param["name"])) inner.add(String(param["name"]["text"]));
  }
  const body = fields["body"];
  if (isNode(body)) visitBlock(body["body"], inner, found);
}

function bindPattern(pattern: unknown, bound: Bound): void {
  if (Array.isArray(pattern)) {
    for (const item of pattern) bindPattern(item, bound);
    return;
  }
  if (!isNode(pattern)) return;
  if (pattern["kind"] === "name") bound.add(String(pattern["name"]));
  else if (pattern["kind"] !== "literal")
    for (const child of children(pattern)) bindPattern(child, bound);
}

/** Whether some assignment inside has this name as its target. */
export function assigns(block: Block, name: string): boolean {
  const inside = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(inside);
    if (!isNode(value)) return false;
    const { target } = value;
    if (value["kind"] === "assign" && isNode(target) && target["name"] === name) return true;
    return children(value).some(inside);
  };
  return inside(block.body);
}

/** Whether the statement itself, functions in it aside, calls this name. */
export function callsOf(statement: Stmt, name: string): boolean {
  const inside = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(inside);
    if (!isNode(value) || isFunction(value)) return false;
    const { callee } = value;
    if (value["kind"] === "call" && isNode(callee) && callee["name"] === name) return true;
    return children(value).some(inside);
  };
  return inside(statement);
}
