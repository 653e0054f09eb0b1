// Addresses in a loop as the sum of what is the same each time round, which is computed in front of it, and the rest:
//
//   base + (ireduce(row * width + i) << 2)   is   (base + (ireduce(row * width) << 2)) + (ireduce(i) << 2)
//
// Additions, left shifts by constants and `ireduce` wrap at 32 bits alike, so the order of the terms does not matter.
import { integerConstant, isLoad, type Definitions } from "../../analysis/index.ts";
import { typeOf, type Block, type MirFunction, type Value } from "../../ir/mir/index.ts";
import { OnceBuilder } from "./once.ts";

/** Terms of more operations stay as they are. */
const deepest = 8;

/** `value << shift`, the value reduced to 32 bits. */
interface Term {
  readonly value: Value;
  readonly shift: bigint;
}

/** Sums of terms at the end of a block. */
class Sums {
  readonly #fn: MirFunction;
  readonly #builder: OnceBuilder;

  constructor(fn: MirFunction, block: Block) {
    this.#fn = fn;
    this.#builder = new OnceBuilder(fn, block);
  }

  add(left: Value, right: Value): Value {
    return this.#builder.value("iadd", "i32", [left, right]);
  }

  sum(terms: readonly Term[]): Value | undefined {
    let sum: Value | undefined;
    for (const term of terms) {
      const value = this.#term(term);
      sum = sum === undefined ? value : this.add(sum, value);
    }
    return sum;
  }

  #term({ value, shift }: Term): Value {
    const builder = this.#builder;
    const narrow =
      typeOf(this.#fn, value) === "i64" ? builder.value("ireduce", null, [value]) : value;
    if (shift === 0n) return narrow;
    return builder.value("ishl", "i32", [narrow, builder.value("iconst", "i32", [], shift)]);
  }
}

/** Splits the addresses of one loop. */
export class AddressSplitter {
  readonly #fn: MirFunction;
  readonly #inside: ReadonlySet<Value>;
  readonly #definitions: Definitions;
  readonly #front: Sums;

  /** `inside` are the values that the loop defines; what is computed in front of it goes to the end of `front`. */
  constructor(
    fn: MirFunction,
    front: Block,
    { inside, definitions }: { inside: ReadonlySet<Value>; definitions: Definitions },
  ) {
    this.#fn = fn;
    this.#inside = inside;
    this.#definitions = definitions;
    this.#front = new Sums(fn, front);
  }

  /** Rewrites the loads and stores of the blocks. */
  run(blocks: readonly Block[]): void {
    for (const block of blocks) {
      const { insts } = block;
      block.insts = [];
      const sums = new Sums(this.#fn, block);
      for (const inst of insts) {
        const [address] = inst.args;
        const accesses = isLoad(inst) || inst.op.startsWith("store");
        if (accesses && address !== undefined) inst.args[0] = this.#split(address, sums);
        block.insts.push(inst);
      }
    }
  }

  #split(address: Value, sums: Sums): Value {
    if (typeOf(this.#fn, address) !== "i32" || !this.#inside.has(address)) return address;
    const terms: Term[] = [];
    if (!this.#collect({ value: address, shift: 0n }, terms, 0)) return address;
    const fixed = terms.filter(({ value }) => !this.#inside.has(value));
    const moving = terms.filter(({ value }) => this.#inside.has(value));
    if (fixed.length < 2 || moving.length === 0) return address;
    const front = this.#front.sum(fixed);
    const rest = sums.sum(moving);
    return front === undefined || rest === undefined ? address : sums.add(front, rest);
  }

  /** The terms of a value; false if they are too many. */
  #collect(term: Term, terms: Term[], depth: number): boolean {
    if (depth > deepest) return false;
    const parts = this.#parts(term);
    if (parts !== undefined) return parts.every((part) => this.#collect(part, terms, depth + 1));
    // A constant of the loop is no term of its own: accesses have offsets.
    if (this.#inside.has(term.value) && this.#definitions[term.value]?.op === "iconst")
      return false;
    terms.push(term);
    return terms.length <= deepest;
  }

  /** What a term computed in the loop is the sum of. */
  #parts({ value, shift }: Term): Term[] | undefined {
    const inst = this.#inside.has(value) ? this.#definitions[value] : undefined;
    if (inst?.op === "ireduce" || inst?.op === "iadd") {
      return inst.args.map((arg) => ({ value: arg, shift }));
    }
    const [left, right] = inst?.args ?? [];
    if (inst?.op !== "ishl" || left === undefined || right === undefined) return undefined;
    const count = integerConstant(this.#definitions, right) ?? -1n;
    return count >= 0n && count + shift < 32n ? [{ value: left, shift: shift + count }] : undefined;
  }
}
