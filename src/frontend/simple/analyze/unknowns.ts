// Types that are found by use: the element of `[]`, the key and value of `{}`. A body with such a literal is analysed in
// rounds whose messages and HIR are dropped; each round knows what the one before has found. The last analysis has known
// types alone: what was never used is `Any`.
import type * as ast from "../ast.ts";
import { walk, type Fields } from "./free-names.ts";
import { enumType, objectType } from "./nominal.ts";
import {
  anyType,
  arrayOf,
  dictOf,
  found,
  functionOf,
  isScalar,
  nilType,
  ObjectType,
  optionOf,
  tupleOf,
  UnknownType,
  type ResultType,
  type SimpleType,
} from "./simple-type.ts";
import { isNumeric } from "./types.ts";

/** Which type of a literal: `element`, `key`, `value`; of a call the name of a type parameter. */
type Parts = Map<string, SimpleType>;
type OpenParts = Map<ast.Expr, Map<string, UnknownType>>;

/** Rounds after which what is still unknown stays so. */
const mostRounds = 4;

/** The types of the empty literals of one body. */
export class Unknowns {
  readonly #known = new Map<ast.Expr, Parts>();
  /** Null outside a round. */
  #open: OpenParts | null = null;

  /** The type of a part of an empty literal, or a type parameter that the arguments of a call leave open. */
  typeOf(literal: ast.Expr, part: string): SimpleType {
    const known = this.#known.get(literal)?.get(part);
    if (known !== undefined) return known;
    if (this.#open === null) return anyType;
    let parts = this.#open.get(literal);
    if (parts === undefined) this.#open.set(literal, (parts = new Map()));
    let unknown = parts.get(part);
    if (unknown === undefined) parts.set(part, (unknown = new UnknownType()));
    return unknown;
  }

  /** Runs the analysis as often as it finds something new. */
  discover(analyse: () => void): void {
    for (let round = 0; round < mostRounds; round += 1) {
      this.#open = new Map();
      analyse();
      const open = this.#open;
      this.#open = null;
      if (open.size === 0 || !this.#learn(open)) return;
    }
  }

  /** Keeps what a round has found; whether that is anything. */
  #learn(open: OpenParts): boolean {
    let news = false;
    for (const [literal, parts] of open) {
      const known: Parts = this.#known.get(literal) ?? new Map();
      for (const [part, unknown] of parts) {
        if (unknown.bound === null) continue;
        const type = resolved(unknown);
        if (isOpen(type)) continue;
        known.set(part, type === nilType ? anyType : type);
        news = true;
      }
      this.#known.set(literal, known);
    }
    return news;
  }
}

const withEmpty = new WeakMap<object, boolean>();

function beginsAsNil({ kind, mutable, type, value }: Fields): boolean {
  if (kind !== "binding" || mutable !== true || type !== null) return false;
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "nil";
}

/** Whether an empty literal, or a variable that begins as nil, stands somewhere in the tree. */
export function hasEmptyLiterals(tree: object): boolean {
  let has = withEmpty.get(tree);
  if (has === undefined) {
    has = false;
    walk(tree, (node) => {
      const items = node["kind"] === "array" ? node["elements"] : node["entries"];
      has ||= (Array.isArray(items) && items.length === 0) || beginsAsNil(node);
      return !has;
    });
    withEmpty.set(tree, has);
  }
  return has;
}

const withCalls = new WeakMap<object, { readonly names: ReadonlySet<string>; has: boolean }>();

/** Whether something of one of these names is called or read as a member somewhere in the tree. */
export function callsAny(tree: object, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  let cached = withCalls.get(tree);
  if (cached?.names !== names) {
    let has = false;
    walk(tree, (node) => {
      has ||= node["kind"] === "name" && names.has(String(node["name"]));
      return !has;
    });
    withCalls.set(tree, (cached = { names, has }));
  }
  return cached.has;
}

/** Names whose calls may leave type arguments open: generic types, and functions with type parameters beside their own. */
export function openNames(bodies: Iterable<readonly object[]>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const body of bodies) {
    for (const statement of body) for (const name of openNamesIn(statement)) names.add(name);
  }
  return names;
}

const withGenerics = new WeakMap<object, readonly string[]>();

function openNamesIn(tree: object): readonly string[] {
  const known = withGenerics.get(tree);
  if (known !== undefined) return known;
  const names: string[] = [];
  walk(tree, (node) => {
    const { kind, generics, name, params } = node;
    if (!Array.isArray(generics) || generics.length === 0) return true;
    const open = kind === "struct" || kind === "class" || Array.isArray(params);
    if (open && typeof name === "object" && name !== null && "text" in name)
      names.push(String(name.text));
    return true;
  });
  withGenerics.set(tree, names);
  return names;
}

/** Whether the type has a part that is not known. */
export function isOpen(type: SimpleType): boolean {
  let open = false;
  mapType(type, (part) => {
    open = true;
    return part;
  });
  return open;
}

/** The type with everything that was found put in place. */
export function resolved(type: SimpleType): SimpleType {
  return mapType(type, (unknown) => unknown);
}

/** Rebuilds a type; `leaf` gives what stands for an unknown that is not bound. */
function mapType(type: SimpleType, leaf: (unknown: UnknownType) => SimpleType): SimpleType {
  const of = (part: SimpleType): SimpleType => mapType(part, leaf);
  const actual = found(type);
  if (isScalar(actual)) return actual;
  if (actual.kind === "unknown") return leaf(actual);
  if (actual.kind === "array") return arrayOf(of(actual.element));
  if (actual.kind === "dict") return dictOf(of(actual.key), of(actual.value));
  if (actual.kind === "tuple") return tupleOf(actual.elements.map(of));
  if (actual.kind === "option") return optionOf(of(actual.inner));
  if (actual.kind === "function") {
    const result: ResultType = actual.result === "unit" ? "unit" : of(actual.result);
    return functionOf(actual.params.map(of), result);
  }
  if (actual.kind === "struct" || actual.kind === "class")
    return actual.args.length === 0 ? actual : objectType(actual.shape, actual.args.map(of));
  if (actual.kind === "enum")
    return actual.args.length === 0 ? actual : enumType(actual.shape, actual.args.map(of));
  return actual;
}

/** Makes an unknown stand for a type, unless it would be part of itself. */
function bind(unknown: UnknownType, type: SimpleType): void {
  let within = false;
  mapType(type, (part) => {
    within ||= part === unknown;
    return part;
  });
  if (found(type) === unknown) return;
  unknown.bound = within ? anyType : type;
}

/**
 * Makes two types one where unknowns allow it, and says whether they are. Types without unknowns are one only if they
 * are the same.
 */
export function unifyTypes(left: SimpleType, right: SimpleType): boolean {
  const [a, b] = [found(left), found(right)];
  if (a === b) return true;
  if (!isScalar(a) && a.kind === "unknown") {
    bind(a, b);
    return true;
  }
  if (!isScalar(b) && b.kind === "unknown") {
    bind(b, a);
    return true;
  }
  if (isScalar(a) || isScalar(b)) return false;
  if (a.kind === "array" && b.kind === "array") return unifyTypes(a.element, b.element);
  if (a.kind === "dict" && b.kind === "dict")
    return unifyTypes(a.key, b.key) && unifyTypes(a.value, b.value);
  if (a.kind === "option" && b.kind === "option") return unifyTypes(a.inner, b.inner);
  if (a instanceof ObjectType && b instanceof ObjectType)
    return a.shape === b.shape && unifyAll(a.args, b.args);
  if (a.kind === "tuple" && b.kind === "tuple") return unifyAll(a.elements, b.elements);
  return false;
}

function unifyAll(left: readonly SimpleType[], right: readonly SimpleType[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((type, index) => unifyTypes(type, right[index] ?? anyType));
}

/** Gives an unknown the type of a use of it. A type that a literal gave follows later uses. */
export function useUnknown(
  unknown: UnknownType,
  type: SimpleType,
  {
    weak,
    join,
  }: { readonly weak: boolean; readonly join: (known: SimpleType) => SimpleType | null },
): void {
  if (unknown.bound === null) {
    unknown.weak = weak;
    bind(unknown, type);
  } else if (unknown.weak && isNumber(type) && (!weak || type === "f64")) {
    unknown.weak = weak;
    bind(unknown, type);
  } else if (!unifyTypes(unknown.bound, type)) bind(unknown, join(found(unknown)) ?? anyType);
}

function isNumber(type: SimpleType): boolean {
  const actual = found(type);
  return isScalar(actual) && isNumeric(actual);
}
