// What the MIR of a program may do that compiles it itself. It works on numbers, and on variables by their symbols: other addresses
// and references would be those that it makes up, and native code checks none.
import { opcodeSpec, type Inst, type MirFunction, type MirModule } from "../ir/mir/index.ts";
import { isLibrarySymbol } from "../runtime/index.ts";

/** Variables are of 8 bytes, the widest access as well. */
const widest = 8;

const made: ReadonlySet<string> = new Set(["new", "addr_ref", "bits_any", "call_table"]);
const references: ReadonlySet<string> = new Set(["ref", "any"]);

/** Why the module is refused; null if it is not. It must be well-formed. */
export function refusedMir(module: MirModule): string | null {
  for (const { symbol, signature } of module.declarations) {
    const types = [...signature.params, ...signature.results];
    if (isLibrarySymbol(symbol) || types.some((type) => references.has(type)))
      return `\`${symbol}\` works on objects, which this module cannot have`;
  }
  const sizes = new Map(module.data.map(({ symbol, bytes }) => [symbol, bytes.length]));
  for (const fn of module.functions) {
    const op = refusedOp(fn, sizes);
    if (op !== undefined)
      return `\`${fn.symbol}\` has \`${op}\`: memory can be used only by \`symbol_addr\`, at constant offsets`;
  }
  return null;
}

function refusedOp(fn: MirFunction, sizes: ReadonlyMap<string, number>): string | undefined {
  const insts = fn.blocks.flatMap((block) => block.insts);
  /** Bytes behind the values that are addresses of symbols. */
  const rooms = new Map<number, number>();
  for (const { op, imm, results } of insts) {
    const [value] = results;
    if (op === "symbol_addr" && value !== undefined)
      rooms.set(value, sizes.get(String(imm)) ?? widest);
  }
  return insts.find((inst) => made.has(inst.op) || !staysInside(inst, rooms))?.op;
}

function staysInside({ op, args, imm }: Inst, rooms: ReadonlyMap<number, number>): boolean {
  const { effects } = opcodeSpec(op);
  const isAccess = effects?.reads === true || effects?.writes === true;
  if (!isAccess || op === "safepoint" || op === "call_read") return true;
  if (op === "memory_copy" || op === "memory_fill") return false;
  const room = rooms.get(args[0] ?? -1) ?? 0;
  const offset = Number(imm);
  return offset >= 0 && offset + widest <= room;
}
