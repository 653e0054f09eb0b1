// What the generator knows while it writes: scopes, callable functions, and the bound on the steps of the program.
import type { IntType, ScalarType } from "../../src/ir/hir/index.ts";
import { Random } from "./simple-random.ts";

export const signedTypes = ["i8", "i16", "i32", "i64"] as const;
export const intTypes = [...signedTypes, "u8", "u16", "u32", "u64"] as const;

export interface Variable {
  readonly name: string;
  readonly type: ScalarType;
  readonly mutable: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly type: ScalarType;
  /** Source of the default value. */
  readonly fallback: string | null;
}

export interface GeneratedFunction {
  readonly name: string;
  readonly params: readonly Parameter[];
  readonly result: ScalarType | "unit";
  /** The first parameter is an `i64` depth that a caller keeps within 0 … this; 0 if it does not recurse. */
  readonly depth: number;
  /** Upper bound of the steps of one call. */
  cost: number;
}

/** A call back into the group of functions being written: allowed outside loops, so many times. */
export interface Recursion {
  readonly target: GeneratedFunction;
  remaining: number;
}

/** Steps that the top level and `main` may take together, and one call of a function. */
const programBudget = 20_000;
const functionBudget = 2_500;

export class Context {
  readonly random: Random;
  readonly lines: string[] = [];
  readonly functions: GeneratedFunction[] = [];
  indent = 0;
  scopes: Variable[][] = [[]];
  /** How often the statement being written may run in one call of the current function. */
  multiplier = 1;
  cost = 0;
  /** Loops around the statement being written, within the current function. */
  loopDepth = 0;
  /** Result of the function being written; `null` at the top level. */
  result: ScalarType | "unit" | null = null;
  recursion: Recursion | null = null;
  #names = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  line(text: string): void {
    this.lines.push("    ".repeat(this.indent) + text);
  }

  fresh(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  declare(variable: Variable): void {
    this.scopes.at(-1)?.push(variable);
  }

  /** The variables in view; a later declaration hides an earlier one of the same name. */
  visible(filter: (variable: Variable) => boolean): Variable[] {
    const byName = new Map<string, Variable>();
    for (const scope of this.scopes) for (const one of scope) byName.set(one.name, one);
    return [...byName.values()].filter(filter);
  }

  /** Writes an indented block in a scope of its own. */
  block(write: () => void): void {
    this.indent += 1;
    this.scopes.push([]);
    write();
    this.scopes.pop();
    this.indent -= 1;
  }

  /** Whether a name that is declared may be declared again with another type. */
  mayRedeclare(): boolean {
    return true;
  }

  /** An expression of the type that this generator does not know of, or null; see heap-context.ts. */
  leaf(_type: ScalarType, _depth: number): string | null {
    return null;
  }

  step(count = 1): void {
    this.cost += this.multiplier * count;
  }

  budget(): number {
    return this.result === null || this.#isMain ? programBudget : functionBudget;
  }

  #isMain = false;

  /** Writes the body of a function and gives the bound of its steps. */
  inFunction(result: ScalarType | "unit", isMain: boolean, write: () => void): number {
    const saved = {
      multiplier: this.multiplier,
      cost: this.cost,
      loopDepth: this.loopDepth,
      result: this.result,
      isMain: this.#isMain,
    };
    this.multiplier = 1;
    this.cost = 1;
    this.loopDepth = 0;
    this.result = result;
    this.#isMain = isMain;
    this.block(write);
    const cost = this.cost;
    ({ multiplier: this.multiplier, cost: this.cost, loopDepth: this.loopDepth } = saved);
    this.result = saved.result;
    this.#isMain = saved.isMain;
    return cost;
  }

  /** Whether a call here keeps the program within its bound. */
  affords(callee: GeneratedFunction): boolean {
    return this.cost + this.multiplier * callee.cost <= this.budget();
  }
}

export function isInt(type: ScalarType): type is IntType {
  return type !== "bool" && type !== "f32" && type !== "f64";
}
