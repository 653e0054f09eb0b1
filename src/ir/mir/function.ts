// MIR: modules, functions, blocks, instructions. SSA with block parameters.
import type { MirType, Opcode } from "./opcodes.ts";

/** An SSA value; prints as `v3`. Index into `MirFunction.valueTypes`. */
export type Value = number & { readonly brand: "value" };
/** A basic block; prints as `block3`. Key of `MirFunction.blocks`. */
export type BlockId = number & { readonly brand: "block" };
/** Index into `MirFunction.locations`; -1 is none. */
export type LocationId = number;

/** The location of an instruction that stands for no place in the source. */
export const noLocation: LocationId = -1;

/** What each `ImmediateKind` of the opcode table is held as; conditions, trap codes and symbols are strings. */
export type Immediate = bigint | number | string | null;

/** An edge to a block with the values of its parameters. */
export interface Target {
  block: BlockId;
  args: Value[];
}

/** One shape for every instruction, so that generic passes stay monomorphic. Passes rewrite in place. */
export interface Inst {
  op: Opcode;
  /** The controlling type `T` of the opcode table, or null. */
  type: MirType | null;
  args: Value[];
  imm: Immediate;
  targets: Target[];
  results: Value[];
  location: LocationId;
}

/** Instructions that run one after the other; entered at the first only, with arguments for the parameters. */
export interface Block {
  readonly id: BlockId;
  params: Value[];
  /** The last one is the terminator. */
  insts: Inst[];
}

/** The types that a function takes and gives. */
export interface Signature {
  readonly params: readonly MirType[];
  readonly results: readonly MirType[];
}

/** Where an instruction comes from; `caller` is the call site it was inlined at. */
export interface Location {
  /** Path of the source file, for messages. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Name of the source function, for traces. */
  readonly function: string;
  readonly caller: LocationId;
}

/** A function as a graph of blocks in SSA form. */
export interface MirFunction {
  readonly symbol: string;
  readonly signature: Signature;
  /** In layout order; the first is the entry, whose parameters are the function's and which nothing branches to. */
  blocks: Block[];
  /** Type of each value. */
  readonly valueTypes: MirType[];
  nextBlock: number;
  readonly locations: Location[];
}

/**
 * A function that the module uses and does not define: what is in a slot, a host function, or (`table`) only the signature
 * of functions called by their number, without that number.
 */
export interface Declaration {
  readonly symbol: string;
  readonly signature: Signature;
  readonly linkage: "slot" | "host" | "table";
  /** Of a host function: calling it may run the collector. Slots and tables always may. Default false. */
  readonly collects?: boolean;
}

/** Bytes that the module defines, read-only, addressed by `symbol_addr`. */
export interface DataItem {
  readonly symbol: string;
  readonly bytes: Uint8Array;
  readonly align: number;
}

/** The functions of one unit, and what they refer to outside of it. */
export interface MirModule {
  readonly functions: MirFunction[];
  readonly declarations: Declaration[];
  readonly data: DataItem[];
  /** Data symbols defined elsewhere (module-level variables). */
  readonly externalData: string[];
}
