// 64-bit divisions of operands whose size is not known look whether both fit in 32 bits: most do, and on every processor
// the unsigned 32-bit division is faster, on some by a factor of five.
//
//   if ((a | b) >> 32 == 0) q = uextend(udiv.i32(ireduce a, ireduce b)) else q = sdiv a, b
//
// A divisor of 0 traps on either way. Divisors that are constant are left to `facts`.
import { definingInsts, type Definitions } from "../analysis/index.ts";
import {
  createBlock,
  createValue,
  type Block,
  type Inst,
  type MirFunction,
  type MirType,
  type Opcode,
  type Value,
} from "../ir/mir/index.ts";

/** By the division: what it is where neither operand has a sign or more than 32 bits. */
const narrowOpcodes: ReadonlyMap<Opcode, Opcode> = new Map<Opcode, Opcode>([
  ["sdiv", "udiv"],
  ["sdiv_exact", "udiv"],
  ["udiv", "udiv"],
  ["srem", "urem"],
  ["urem", "urem"],
]);

/** What differs from a 64-bit operation without operands. */
type Parts = Pick<Inst, "op"> & Partial<Inst>;

/** A function does not grow by more than this many divisions. */
const mostDivisions = 64;

function isWide(inst: Inst, definitions: Definitions): boolean {
  if (inst.type !== "i64" || !narrowOpcodes.has(inst.op)) return false;
  return inst.args.every((arg) => definitions[arg]?.op !== "iconst");
}

/** Puts the look at the operands and the two divisions in place of one division. */
class Splitter {
  readonly #fn: MirFunction;
  readonly #division: Inst;
  readonly #dividend: Value;
  readonly #divisor: Value;

  constructor(fn: MirFunction, division: Inst) {
    const [dividend, divisor] = division.args;
    if (dividend === undefined || divisor === undefined) {
      throw new Error(`${division.op} has two operands`);
    }
    this.#fn = fn;
    this.#division = division;
    this.#dividend = dividend;
    this.#divisor = divisor;
  }

  /** Ends the block where the division is; the result is the block that goes on behind it. */
  run(block: Block, index: number): Block {
    const fn = this.#fn;
    const narrow = createBlock(fn);
    const wide = createBlock(fn);
    const behind = createBlock(fn);
    behind.params = this.#division.results;
    behind.insts = block.insts.slice(index + 1);
    block.insts = block.insts.slice(0, index);
    this.#branch(block, narrow, wide);
    this.#jump(narrow, behind, this.#narrowDivision(narrow));
    const quotient = createValue(fn, "i64");
    wide.insts.push({ ...this.#division, results: [quotient] });
    this.#jump(wide, behind, quotient);
    fn.blocks.splice(fn.blocks.indexOf(block) + 1, 0, narrow, wide, behind);
    return behind;
  }

  #branch(block: Block, narrow: Block, wide: Block): void {
    const either = this.#append(block, { op: "bor", args: [this.#dividend, this.#divisor] });
    const width = this.#append(block, { op: "iconst", imm: 32n });
    const high = this.#append(block, { op: "ushr", args: [either, width] });
    const zero = this.#append(block, { op: "iconst", imm: 0n });
    const args = [high, zero];
    const fits = this.#append(block, { op: "icmp", args, imm: "eq", result: "i32" });
    const targets = [narrow, wide].map(({ id }) => ({ block: id, args: [] }));
    block.insts.push(this.#inst({ op: "brif", type: null, args: [fits], targets }));
  }

  #narrowDivision(block: Block): Value {
    const op = narrowOpcodes.get(this.#division.op);
    if (op === undefined) throw new Error(`${this.#division.op} is no division`);
    const args = [this.#dividend, this.#divisor].map((value) =>
      this.#append(block, { op: "ireduce", type: null, args: [value], result: "i32" }),
    );
    const quotient = this.#append(block, { op, type: "i32", args, result: "i32" });
    return this.#append(block, { op: "uextend", type: null, args: [quotient] });
  }

  #jump(from: Block, to: Block, value: Value): void {
    const targets = [{ block: to.id, args: [value] }];
    from.insts.push(this.#inst({ op: "jump", type: null, targets }));
  }

  #append(block: Block, { result = "i64", ...parts }: Parts & { result?: MirType }): Value {
    const value = createValue(this.#fn, result);
    block.insts.push(this.#inst({ ...parts, results: [value] }));
    return value;
  }

  #inst(parts: Parts): Inst {
    const { location } = this.#division;
    return { type: "i64", args: [], imm: null, targets: [], results: [], location, ...parts };
  }
}

/** Looks at the operands of 64-bit divisions before it divides. */
export function narrowDivision(fn: MirFunction): boolean {
  const definitions = definingInsts(fn);
  let count = 0;
  const blocks = fn.blocks.slice();
  for (const start of blocks) {
    let block = start;
    for (let index = 0; index < block.insts.length && count < mostDivisions; index += 1) {
      const inst = block.insts[index];
      if (inst === undefined || !isWide(inst, definitions)) continue;
      block = new Splitter(fn, inst).run(block, index);
      index = -1;
      count += 1;
    }
  }
  return count > 0;
}
