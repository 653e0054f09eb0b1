// Construction of MIR: values, blocks and instructions in order.
import type { MirType, Opcode } from "./opcodes.ts";
import { opcodeSpec } from "./opcodes.ts";
import {
  noLocation,
  type Block,
  type BlockId,
  type Immediate,
  type Inst,
  type LocationId,
  type MirFunction,
  type Signature,
  type Target,
  type Value,
} from "./function.ts";

/** A new function with an entry block that holds its parameters. */
export function createFunction(symbol: string, signature: Signature): MirFunction {
  const fn: MirFunction = {
    symbol,
    signature,
    blocks: [],
    valueTypes: [],
    nextBlock: 0,
    locations: [],
  };
  const entry = createBlock(fn);
  entry.params = signature.params.map((type) => createValue(fn, type));
  fn.blocks.push(entry);
  return fn;
}

/** A fresh value of a type, not yet defined by anything. */
export function createValue(fn: MirFunction, type: MirType): Value {
  fn.valueTypes.push(type);
  return (fn.valueTypes.length - 1) as Value;
}

/** A fresh block with parameters of these types, not yet placed in the layout. */
export function createBlock(fn: MirFunction, params: readonly MirType[] = []): Block {
  const id = fn.nextBlock as BlockId;
  fn.nextBlock += 1;
  return { id, params: params.map((type) => createValue(fn, type)), insts: [] };
}

/** The type of a value of the function. */
export function typeOf(fn: MirFunction, value: Value): MirType {
  const type = fn.valueTypes[value];
  if (type === undefined) throw new RangeError(`v${value} is not a value of ${fn.symbol}`);
  return type;
}

/** The entry block. */
export function entryBlock(fn: MirFunction): Block {
  const entry = fn.blocks[0];
  if (entry === undefined) throw new Error(`${fn.symbol} has no blocks`);
  return entry;
}

/** The last instruction of a finished block. */
export function terminatorOf(block: Block): Inst {
  const last = block.insts.at(-1);
  if (last === undefined) throw new Error(`block${block.id} is empty`);
  return last;
}

/** Appends instructions to one block at a time; `location` is given to everything it appends. */
export class FunctionBuilder {
  readonly fn: MirFunction;
  block: Block;
  location: LocationId = noLocation;
  #placed: Set<Block> | undefined;

  constructor(fn: MirFunction, block: Block = entryBlock(fn)) {
    this.fn = fn;
    this.block = block;
  }

  /** Makes a block the current one, placing it last in the layout if it has no place yet. */
  enter(block: Block): void {
    this.#placed ??= new Set(this.fn.blocks);
    if (!this.#placed.has(block)) {
      this.#placed.add(block);
      this.fn.blocks.push(block);
    }
    this.block = block;
  }

  /** Whether the current block already ends in a terminator. */
  get terminated(): boolean {
    const last = this.block.insts.at(-1);
    return last !== undefined && opcodeSpec(last.op).terminator === true;
  }

  /** Appends an instruction with one result. `type` is the controlling type; the result type follows the table. */
  value(op: Opcode, type: MirType | null, args: Value[], imm: Immediate = null): Value {
    const { result } = opcodeSpec(op);
    if (result === "none" || result === "callee") throw new Error(`${op} has no single result`);
    const resultType = result === "T" ? type : result;
    if (resultType === null) throw new Error(`${op} needs a type`);
    const value = createValue(this.fn, resultType);
    this.append(op, type, args, imm, [], [value]);
    return value;
  }

  /** Appends an instruction without results (`store`, `safepoint`, `trap`, `return`). */
  effect(op: Opcode, type: MirType | null, args: Value[], imm: Immediate = null): void {
    this.append(op, type, args, imm, [], []);
  }

  /** Appends a call and returns its results. */
  call(
    op: "call" | "call_slot" | "call_table" | "call_host" | "call_read" | "call_pure",
    symbol: string,
    signature: Signature,
    args: Value[],
  ): Value[] {
    const results = signature.results.map((type) => createValue(this.fn, type));
    this.append(op, null, args, symbol, [], results);
    return [...results];
  }

  jump(block: Block, args: Value[] = []): void {
    this.append("jump", null, [], null, [{ block: block.id, args }], []);
  }

  branch(condition: Value, then: Target, otherwise: Target): void {
    this.append("brif", null, [condition], null, [then, otherwise], []);
  }

  /** Appends an instruction given all its fields. */
  // oxlint-disable-next-line max-params -- the fields of `Inst` in their order, without an object per call
  append(
    op: Opcode,
    type: MirType | null,
    args: Value[],
    imm: Immediate,
    targets: Target[],
    results: Value[],
  ): Inst {
    const inst: Inst = { op, type, args, imm, targets, results, location: this.location };
    this.block.insts.push(inst);
    return inst;
  }
}
