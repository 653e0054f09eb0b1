// What the generator of heap programs knows beyond that of numeric ones: variables of all types, declared types.
import type { ScalarType } from "../../src/ir/hir/index.ts";
import { Context } from "./simple-context.ts";
import type { HeapType } from "./heap-types.ts";

export interface HeapVariable {
  readonly name: string;
  readonly type: HeapType;
  readonly mutable: boolean;
  /** Number of the function that it was declared in. */
  readonly frame: number;
}

export interface HeapFunction {
  readonly name: string;
  readonly params: readonly HeapType[];
  readonly result: HeapType;
  readonly cost: number;
}

export type HelperKind = "at" | "character" | "clip" | "ok" | "err" | "option" | "array" | "weigh";

export interface Helper {
  readonly kind: HelperKind;
  readonly type: HeapType | undefined;
}

/** Gives expressions of a scalar type made from values on the heap. */
export type LeafWriter = (context: HeapContext, type: ScalarType, depth: number) => string | null;

export class HeapContext extends Context {
  readonly heapFunctions: HeapFunction[] = [];
  /** Structs, classes and enums. */
  readonly nominal: HeapType[] = [];
  readonly traits: HeapType[] = [];
  /** Written parts that the program uses; see heap-templates.ts. */
  readonly templates = new Set<string>();
  heapScopes: HeapVariable[][] = [[]];
  /** Helpers that the program uses, by name. */
  readonly helpers = new Map<string, Helper>();
  /** The result of the function being written, if it is not a number. */
  heapResult: HeapType | null = null;
  #frame = 0;
  #frames = 0;
  #inLeaf = 0;
  readonly #writeLeaf: LeafWriter;

  constructor(seed: number, writeLeaf: LeafWriter) {
    super(seed);
    this.#writeLeaf = writeLeaf;
  }

  override block(write: () => void): void {
    this.heapScopes.push([]);
    super.block(write);
    this.heapScopes.pop();
  }

  override inFunction(result: ScalarType | "unit", isMain: boolean, write: () => void): number {
    const saved = this.#frame;
    this.#frames += 1;
    this.#frame = this.#frames;
    const cost = super.inFunction(result, isMain, write);
    this.#frame = saved;
    return cost;
  }

  /** A variable of the top level that a lambda reads has one type. */
  override mayRedeclare(): boolean {
    return this.#frame > 0;
  }

  override leaf(type: ScalarType, depth: number): string | null {
    // Deep nests of both kinds would grow without end.
    if (this.#inLeaf > 1 || !this.random.chance(depth > 0 ? 22 : 8)) return null;
    this.#inLeaf += 1;
    const text = this.#writeLeaf(this, type, depth);
    this.#inLeaf -= 1;
    return text;
  }

  /** Makes a variable known, with the fields of an object as variables of their own. */
  declareValue(name: string, type: HeapType, mutable: boolean, depth = 2): void {
    if (type.kind === "scalar") return this.declare({ name, type: type.scalar, mutable });
    this.heapScopes.at(-1)?.push({ name, type, mutable, frame: this.#frame });
    if (depth === 0) return;
    if (type.kind === "object") {
      const { keyword, fields } = type.object;
      const open = mutable || keyword === "class";
      for (const field of fields) {
        this.declareValue(`${name}.${field.name}`, field.type, open, depth - 1);
      }
    }
    if (type.kind === "tuple") {
      for (const [index, part] of type.parts.entries()) {
        this.declareValue(`${name}.${index}`, part, false, depth - 1);
      }
    }
  }

  values(filter: (variable: HeapVariable) => boolean): HeapVariable[] {
    return this.heapScopes.flat().filter(filter);
  }

  ofType(type: HeapType): HeapVariable[] {
    return this.values((one) => one.type.name === type.name);
  }

  assignable(variable: HeapVariable): boolean {
    const global = variable.name.startsWith("g");
    return variable.mutable && (global || variable.frame === this.#frame);
  }

  /** Writes a part of an expression that runs up to `trips` times and may read, but not assign what is around it. */
  inLambda<T>(trips: number, write: () => T): T {
    const saved = { scopes: this.scopes, heapScopes: this.heapScopes, recursion: this.recursion };
    const { multiplier, loopDepth } = this;
    this.scopes = [...this.scopes.map((scope) => scope.map(frozen)), []];
    this.heapScopes = [...this.heapScopes.map((scope) => scope.map(frozen)), []];
    this.recursion = null;
    this.multiplier = multiplier * trips;
    // A lambda is no place for `break`.
    this.loopDepth = 0;
    const text = write();
    ({ scopes: this.scopes, heapScopes: this.heapScopes, recursion: this.recursion } = saved);
    this.multiplier = multiplier;
    this.loopDepth = loopDepth;
    return text;
  }

  /** Writes statements where a `return` of the function around them must not stand. */
  withoutReturn(write: () => void): void {
    const saved = { heapResult: this.heapResult, result: this.result };
    this.heapResult = null;
    this.result = null;
    write();
    ({ heapResult: this.heapResult, result: this.result } = saved);
  }

  /** The name of a helper, which the program gets a definition of. */
  helper(kind: HelperKind, type?: HeapType): string {
    for (const [name, known] of this.helpers) {
      if (known.kind === kind && known.type?.name === type?.name) return name;
    }
    const name = type === undefined ? kind : `${kind}${this.helpers.size}`;
    this.helpers.set(name, { kind, type });
    return name;
  }
}

function frozen<T extends { readonly mutable: boolean }>(variable: T): T {
  return { ...variable, mutable: false };
}
