// What LLVM may take for granted in a kernel, a module whose entry works on arrays that it is given the addresses of. Nothing of
// it can be seen in the code; the caller of a kernel vouches for it.
import type { Inst, MirFunction, MirModule, Opcode, Value } from "../../ir/mir/index.ts";

/** A kernel, and what its caller promises. */
export interface KernelFacts {
  /** The symbol of the function that is called from outside; the others are its own. */
  readonly entry: string;
  /**
   * Which of its parameters are addresses of arrays. What one array's address leads to, none of the others leads to, unless both are
   * only read; and no addition, multiplication or shift of unsigned 32-bit numbers on the way to an address wraps.
   */
  readonly arrays: readonly number[];
  /** Whether sums and products of floats may be computed in another order: results then depend on the machine. */
  readonly reassociate: boolean;
  /** Whether loops and neighbouring operations may become SIMD. Default true. */
  readonly vectorise?: boolean;
}

/** Opcodes whose result is in the array that an operand is in. */
const keepsArray: ReadonlySet<Opcode> = new Set(["iadd", "isub", "select"]);
/** Opcodes that compute addresses from addresses, sizes and indices. */
const computesAddress: ReadonlySet<Opcode> = new Set(["iadd", "isub", "imul", "ishl", "select"]);

/** Bits of an integer. Of arrays behind them nothing is said. */
const mostToldApart = 32;

interface FunctionAddresses {
  /** The arrays that a value may be an address in, as bits. */
  readonly arrays: Int32Array;
  /** Whether an address is computed from a value. */
  readonly leadsToAddress: Uint8Array;
}

/** The addresses that a kernel computes, and the arrays that they are in. */
export class KernelAddresses {
  readonly facts: KernelFacts;
  readonly #functions = new Map<string, { readonly fn: MirFunction } & FunctionAddresses>();
  #changed = false;

  /** Throws if the module has no such entry. */
  constructor({ functions }: MirModule, facts: KernelFacts) {
    this.facts = facts;
    for (const fn of functions) {
      const count = fn.valueTypes.length;
      const [arrays, leadsToAddress] = [new Int32Array(count), new Uint8Array(count)];
      this.#functions.set(fn.symbol, { fn, arrays, leadsToAddress });
    }
    const entry = this.#functions.get(facts.entry);
    if (entry === undefined) throw new Error(`the kernel has no function @${facts.entry}`);
    const params = entry.fn.blocks[0]?.params ?? [];
    facts.arrays
      .slice(0, mostToldApart)
      .forEach((index, array) => this.#putIn(entry, params[index], 1 << array));
    do {
      this.#changed = false;
      for (const of of this.#functions.values()) this.#visit(of);
    } while (this.#changed);
  }

  /** The array that a load or store accesses, by its place in `arrays`; undefined if that is not known. */
  array(fn: MirFunction, inst: Inst): number | undefined {
    const [address] = inst.args;
    const bits = address === undefined ? 0 : (this.#of(fn.symbol).arrays[address] ?? 0);
    return bits !== 0 && (bits & (bits - 1)) === 0 ? 31 - Math.clz32(bits) : undefined;
  }

  /** Whether an instruction computes an address, or what it is computed from. */
  isAddress(fn: MirFunction, { op, type, results: [result] }: Inst): boolean {
    if (type !== "i32" || result === undefined || !computesAddress.has(op)) return false;
    return this.#of(fn.symbol).leadsToAddress[result] === 1;
  }

  #of(symbol: string): { readonly fn: MirFunction } & FunctionAddresses {
    const found = this.#functions.get(symbol);
    if (found === undefined) throw new Error(`the kernel calls @${symbol}, which is not its own`);
    return found;
  }

  #visit(of: { readonly fn: MirFunction } & FunctionAddresses): void {
    const params = new Map(of.fn.blocks.map((block) => [block.id, block.params]));
    for (const { insts } of of.fn.blocks) {
      for (const inst of insts) {
        const { op, args, targets } = inst;
        if (op.startsWith("load") || op.startsWith("store")) this.#lead(of, args[0]);
        else if (op === "call") this.#visitCall(of, inst);
        else if (computesAddress.has(op)) this.#visitComputation(of, inst);
        for (const target of targets) this.#join(of, target.args, params.get(target.block) ?? []);
      }
    }
  }

  #visitComputation(of: FunctionAddresses, { op, args, results: [result] }: Inst): void {
    if (result === undefined) return;
    const operands = op === "select" ? args.slice(1) : args;
    if (of.leadsToAddress[result] === 1) for (const operand of operands) this.#lead(of, operand);
    if (!keepsArray.has(op)) return;
    for (const operand of operands) this.#putIn(of, result, of.arrays[operand] ?? 0);
  }

  #visitCall(of: FunctionAddresses, { args, imm }: Inst): void {
    const callee = this.#of(String(imm));
    const params = callee.fn.blocks[0]?.params ?? [];
    args.forEach((arg, i) => {
      const param = params[i];
      if (param === undefined) return;
      this.#putIn(callee, param, of.arrays[arg] ?? 0);
      if (callee.leadsToAddress[param] === 1) this.#lead(of, arg);
    });
  }

  #join(of: FunctionAddresses, args: readonly Value[], params: readonly Value[]): void {
    args.forEach((arg, i) => {
      const param = params[i];
      if (param === undefined) return;
      this.#putIn(of, param, of.arrays[arg] ?? 0);
      if (of.leadsToAddress[param] === 1) this.#lead(of, arg);
    });
  }

  #putIn({ arrays }: FunctionAddresses, value: Value | undefined, bits: number): void {
    if (value === undefined || ((arrays[value] ?? 0) & bits) === bits) return;
    arrays[value] = (arrays[value] ?? 0) | bits;
    this.#changed = true;
  }

  #lead({ leadsToAddress }: FunctionAddresses, value: Value | undefined): void {
    if (value === undefined || leadsToAddress[value] === 1) return;
    leadsToAddress[value] = 1;
    this.#changed = true;
  }
}
