// Code in front of a loop is often asked for twice.
import {
  FunctionBuilder,
  type Block,
  type Immediate,
  type MirFunction,
  type MirType,
  type Opcode,
  type Value,
} from "../../ir/mir/index.ts";

/** Appends operations without effects to a block, each once. */
export class OnceBuilder {
  readonly block: Block;
  readonly #builder: FunctionBuilder;
  readonly #made = new Map<string, Value>();

  constructor(fn: MirFunction, block: Block) {
    this.block = block;
    this.#builder = new FunctionBuilder(fn, block);
  }

  /** As `FunctionBuilder.value`. */
  value(op: Opcode, type: MirType | null, args: Value[], imm: Immediate = null): Value {
    const key = `${op} ${type} ${args.join(" ")} ${String(imm)}`;
    const known = this.#made.get(key) ?? this.#builder.value(op, type, args, imm);
    this.#made.set(key, known);
    return known;
  }
}
