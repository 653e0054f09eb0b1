// What the MIR of a program may do that compiles it itself. It works on numbers, and on variables by their symbols: other addresses
// and references would be those that it makes up, and native code checks none. So what it declares is what the program has.
import { hostSignature } from "../compiler/index.ts";
import { intFacts, isIntType, type ValueType } from "../ir/hir/index.ts";
import {
  opcodeSpec,
  printSignature,
  type Declaration,
  type Inst,
  type MirFunction,
  type MirModule,
  type Signature,
} from "../ir/mir/index.ts";
import {
  hostFunctions,
  isHostSymbol,
  isLibrarySymbol,
  type HostFunction,
  type HostSymbol,
} from "../runtime/index.ts";

/** What such a module may refer to. */
export interface KnownSymbols {
  /** The types of a function that it may call through a slot; `internal` is one that only code of the tiers may call. */
  function(symbol: string): Signature | "internal" | undefined;
  /** The type of a module-level variable; `constant` is other data of the program. */
  variable(symbol: string): ValueType | "constant" | undefined;
}

/** Variables are of 8 bytes, the widest access as well. */
const widest = 8;

const made: ReadonlySet<string> = new Set(["new", "addr_ref", "bits_any", "call_table"]);
const references: ReadonlySet<string> = new Set(["ref", "any"]);

/** Functions of the host for compiled code that do no harm whatever they are given. */
const harmless: ReadonlySet<HostSymbol> = new Set<HostSymbol>([
  "rt_text_i64",
  "rt_text_u64",
  "rt_text_f32",
  "rt_text_f64",
  "rt_text_bool",
  "rt_text_print",
  "rt_text_fail",
  "rt_index_error",
  "rt_poll",
]);
const literal = "rt_text_literal";

/** Why the module is refused; null if it is not. It must be well-formed. */
export function refusedMir(module: MirModule, known: KnownSymbols): string | null {
  for (const declaration of module.declarations) {
    const why = refusedDeclaration(declaration, known);
    if (why !== null) return why;
  }
  const sizes = new Map(module.data.map(({ symbol, bytes }) => [symbol, bytes.length]));
  for (const fn of module.functions) {
    const why = refusedFunction(fn, sizes, known);
    if (why !== null) return why;
  }
  return null;
}

function refusedDeclaration(
  { symbol, signature, linkage }: Declaration,
  known: KnownSymbols,
): string | null {
  const types = [...signature.params, ...signature.results];
  if (isLibrarySymbol(symbol) || types.some((type) => references.has(type)))
    return `\`${symbol}\` works on objects, which this module cannot have`;
  const found = linkage === "host" ? hostFunction(symbol) : known.function(symbol);
  // What is not there is an error of the linker, which knows the names that are near.
  if (found === undefined) return null;
  if (found === "internal") return `\`${symbol}\` is called only by code that the tiers make`;
  const [wanted, there] = [printSignature(signature), printSignature(found)];
  return wanted === there ? null : `\`${symbol}\` is \`${there}\`, declared as \`${wanted}\``;
}

function hostFunction(symbol: string): Signature | "internal" | undefined {
  if (!isHostSymbol(symbol)) return undefined;
  const { extern, pure }: HostFunction = hostFunctions[symbol];
  const open = extern === true || pure === true || harmless.has(symbol) || symbol === literal;
  return open ? hostSignature(symbol) : "internal";
}

/** What the address of a symbol leads to. */
interface Place {
  /** Bytes that may be read. */
  readonly room: number;
  /** The type of a variable that may be written. */
  readonly written: ValueType | null;
}

function refusedFunction(
  fn: MirFunction,
  sizes: ReadonlyMap<string, number>,
  known: KnownSymbols,
): string | null {
  const insts = fn.blocks.flatMap((block) => block.insts);
  const places = new Map<number, Place>();
  const constants = new Map<number, number>();
  for (const { op, imm, results } of insts) {
    const [value] = results;
    if (value === undefined) continue;
    if (op === "iconst") constants.set(value, Number(imm));
    else if (op === "symbol_addr") places.set(value, placeOf(String(imm), sizes, known));
  }
  for (const inst of insts) {
    if (made.has(inst.op) || !staysInside(inst, places))
      return `\`${fn.symbol}\` has \`${inst.op}\`: memory can be used only by \`symbol_addr\`, at constant offsets`;
    if (inst.imm === literal && !isLiteral(inst, places, constants))
      return `\`${fn.symbol}\` calls \`${literal}\`: it takes the \`symbol_addr\` of data of this module and a length inside it`;
    const [base] = inst.args;
    const place = base === undefined ? undefined : places.get(base);
    if (opcodeSpec(inst.op).effects?.writes === true && place !== undefined && !fits(inst, place))
      return `\`${fn.symbol}\` has \`${inst.op}\`: only variables of numbers can be written, each as its type`;
  }
  return null;
}

function placeOf(symbol: string, sizes: ReadonlyMap<string, number>, known: KnownSymbols): Place {
  const own = sizes.get(symbol);
  if (own !== undefined) return { room: own, written: null };
  const type = known.variable(symbol);
  return type === "constant" || type === undefined
    ? { room: type === undefined ? widest : 0, written: null }
    : { room: widest, written: type };
}

/** Whether a store leaves a value of its type in a variable. */
function fits({ op, type, imm }: Inst, { written }: Place): boolean {
  if (written === null || op !== "store" || Number(imm) !== 0) return false;
  if (!isIntType(written)) return type === written && !references.has(written);
  const { bits } = intFacts(written);
  return type === `i${bits}`;
}

function isLiteral(
  { args: [base, size] }: Inst,
  places: ReadonlyMap<number, Place>,
  constants: ReadonlyMap<number, number>,
): boolean {
  if (base === undefined || size === undefined) return false;
  const length = constants.get(size) ?? -1;
  return length >= 0 && length <= (places.get(base)?.room ?? -1);
}

function staysInside({ op, args, imm }: Inst, places: ReadonlyMap<number, Place>): boolean {
  const { effects } = opcodeSpec(op);
  const isAccess = effects?.reads === true || effects?.writes === true;
  if (!isAccess || op === "safepoint" || op === "call_read") return true;
  if (op === "memory_copy" || op === "memory_fill") return false;
  const room = places.get(args[0] ?? -1)?.room ?? 0;
  const offset = Number(imm);
  return offset >= 0 && offset + widest <= room;
}
