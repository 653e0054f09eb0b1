// The definition of well-formed MIR.
//
// Module
//  M1  A symbol is defined or declared once, among functions, declarations, data and external data; but a module may
//      declare the slot of a function that it defines, with the same signature, and call whatever is in it by then.
//  M2  Data alignment is a power of two.
// Function
//  F1  There is an entry, the first block; its parameters have the types of the signature, and no edge leads to it.
//  F2  Block ids are distinct and below `nextBlock`.
//  F3  A block ends in a terminator, and has no other.
//  F4  Locations form chains that end: the caller of a location has a smaller number.
// Instruction (by its row of the opcode table)
//  I1  The controlling type is one the opcode takes; null if it takes none.
//  I2  Count and types of operands; of a call as the callee's signature, of `return` as the function's.
//  I3  Count and types of results.
//  I4  The immediate is of the row's kind and in range: an `iconst` is canonical (signed) for its type, an f32 `fconst`
//      is a single, raw float bits are a NaN's, an offset is an unsigned 32-bit number, an object has room for its header.
//  I5  Count of targets (`br_table` has at least one); each names a block of the function and passes values of the types
//      of its parameters.
//  I6  `call` names a function of the module, `call_slot` and `slot_index` a declared slot, `call_table` a declared signature,
//      `call_host`, `call_read` and `call_pure` a declared host function, `symbol_addr` data defined or external in the module.
//  I7  The location is `noLocation` or in the table.
// Values
//  V1  A value has one definition, a block parameter or a result, and a type in `valueTypes`.
//  V2  The definition dominates each use: earlier in the same block, or in a block that every path from the entry passes.
//
// Unreachable blocks are allowed and checked like others, except that any definition in another block will do for V2.
// Cost: linear in instructions and edges, plus the dominator tree (linear in practice).
import { opcodeSpec } from "./opcodes.ts";
import type { Block, Inst, MirFunction, MirModule, Signature } from "./function.ts";
import { formatSymbol } from "./literal.ts";
import { verifyDominance } from "./verify-dominance.ts";
import { verifyInst } from "./verify-inst.ts";

/** A broken rule. What it does not concern is null. */
export interface VerifyError {
  /** The symbol that a rule of the module is broken for. */
  readonly symbol: string | null;
  readonly fn: MirFunction | null;
  readonly block: Block | null;
  readonly inst: Inst | null;
  readonly message: string;
}

/** What a symbol of the module is, for the rules on calls and addresses. */
export type SymbolUse =
  | { readonly kind: "slot" | "host" | "table"; readonly signature: Signature }
  | { readonly kind: "function"; readonly signature: Signature; readonly ownSlot: boolean }
  | { readonly kind: "data" };

/** What the rules of one function look at. */
export interface VerifyContext {
  readonly fn: MirFunction;
  readonly symbols: ReadonlyMap<string, SymbolUse>;
  /** The first block of each id, in layout order. */
  readonly blocks: ReadonlyMap<number, Block>;
  readonly report: (block: Block | null, inst: Inst | null, message: string) => void;
}

/** All broken rules of a module, in order of the text. */
export function verifyModule(module: MirModule): VerifyError[] {
  const errors: VerifyError[] = [];
  const symbols = collectSymbols(module, errors);
  for (const item of module.data) {
    const { align, symbol } = item;
    if (!(Number.isInteger(align) && align > 0 && Number.isInteger(Math.log2(align)))) {
      errors.push(moduleError(symbol, `alignment ${align} is not a power of two`));
    }
  }
  for (const fn of module.functions) verifyInto(fn, symbols, errors);
  return errors;
}

/** All broken rules of a function of the module (M1 and M2 aside). */
export function verifyFunction(fn: MirFunction, module: MirModule): VerifyError[] {
  const errors: VerifyError[] = [];
  verifyInto(fn, collectSymbols(module, []), errors);
  return errors;
}

function moduleError(symbol: string, message: string): VerifyError {
  const text = `${formatSymbol(symbol)}: ${message}`;
  return { symbol, fn: null, block: null, inst: null, message: text };
}

function collectSymbols(module: MirModule, errors: VerifyError[]): Map<string, SymbolUse> {
  const symbols = new Map<string, SymbolUse>();
  const add = (symbol: string, use: SymbolUse): void => {
    if (symbols.has(symbol)) {
      errors.push(moduleError(symbol, "defined or declared more than once"));
    } else {
      symbols.set(symbol, use);
    }
  };
  for (const { symbol, linkage, signature } of module.declarations) {
    add(symbol, { kind: linkage, signature });
  }
  for (const symbol of module.externalData) add(symbol, { kind: "data" });
  for (const { symbol } of module.data) add(symbol, { kind: "data" });
  for (const { symbol, signature } of module.functions) {
    const declared = symbols.get(symbol);
    const ownSlot = declared?.kind === "slot" && sameSignature(declared.signature, signature);
    if (ownSlot) symbols.delete(symbol);
    add(symbol, { kind: "function", signature, ownSlot });
  }
  return symbols;
}

function sameSignature(left: Signature, right: Signature): boolean {
  const text = ({ params, results }: Signature): string => `${params.join()}>${results.join()}`;
  return text(left) === text(right);
}

function verifyInto(
  fn: MirFunction,
  symbols: ReadonlyMap<string, SymbolUse>,
  errors: VerifyError[],
): void {
  const blocks = new Map<number, Block>();
  for (const block of fn.blocks) {
    if (!blocks.has(block.id)) blocks.set(block.id, block);
  }
  const report: VerifyContext["report"] = (block, inst, message) => {
    errors.push({ symbol: null, fn, block, inst, message });
  };
  const context: VerifyContext = { fn, symbols, blocks, report };
  verifyEntry(context);
  verifyLocations(context);
  for (const block of fn.blocks) verifyBlock(context, block);
  verifyDominance(context);
}

function verifyEntry({ fn, report }: VerifyContext): void {
  const entry = fn.blocks[0];
  if (entry === undefined) {
    report(null, null, "the function has no blocks");
    return;
  }
  const found = entry.params.map((param) => fn.valueTypes[param] ?? "unknown");
  const { params } = fn.signature;
  if (found.length !== params.length || found.some((type, index) => type !== params[index])) {
    const types = `(${found.join(", ")}), the signature (${params.join(", ")})`;
    report(entry, null, `the entry's parameters are ${types}`);
  }
}

function verifyLocations({ fn, report }: VerifyContext): void {
  fn.locations.forEach(({ caller }, id) => {
    if (!(Number.isInteger(caller) && caller >= -1 && caller < id)) {
      report(null, null, `loc${id}: the caller loc${caller} is not a location before it`);
    }
  });
}

function verifyBlock(context: VerifyContext, block: Block): void {
  const { fn, blocks, report } = context;
  if (blocks.get(block.id) !== block) report(block, null, `block${block.id} is defined twice`);
  if (block.id >= fn.nextBlock) {
    report(block, null, `block${block.id} is not below the next free id ${fn.nextBlock}`);
  }
  const last = block.insts.length - 1;
  if (last < 0) report(block, null, `block${block.id} is empty, so it has no terminator`);
  block.insts.forEach((inst, index) => {
    const terminator = opcodeSpec(inst.op).terminator === true;
    if (index === last && !terminator)
      report(block, inst, "the block does not end in a terminator");
    if (index !== last && terminator) {
      report(block, inst, `\`${inst.op}\` ends a block, and instructions follow it`);
    }
    verifyInst(context, block, inst);
  });
}
