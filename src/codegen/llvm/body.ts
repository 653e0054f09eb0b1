// The text of one function under construction: operands, temporaries, blocks with the edges into them.
import {
  typeOf,
  type BlockId,
  type Inst,
  type MirFunction,
  type MirType,
  type Opcode,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";
import type { FunctionLocations } from "./locations.ts";
import { floatLiteral, llvmType } from "./names.ts";
import type { ModuleScope } from "./scope.ts";

/** Opcodes whose result is their operand with another type. */
const conversions: ReadonlySet<Opcode> = new Set(["ref_addr", "addr_ref", "any_bits", "bits_any"]);
const compares: ReadonlySet<Opcode> = new Set(["icmp", "fcmp", "ref_eq"]);

interface Edge {
  /** Label of the block that the edge comes from. */
  readonly from: string;
  readonly args: readonly Value[];
}

/** The name of linear memory's base in every function. */
export const baseName = "%m";

/** Writes instructions to blocks. */
export class Body {
  readonly fn: MirFunction;
  readonly scope: ModuleScope;
  readonly locations: FunctionLocations;
  readonly #operands: string[];
  readonly #isCompare: Uint8Array;
  /** Whether a comparison's result is used as an integer. */
  readonly #isCounted: Uint8Array;
  /** Values that are addresses of data, with its symbol. */
  readonly #data = new Map<Value, string>();
  readonly #edges = new Map<BlockId, Edge[]>();
  readonly #blocks: { readonly id: BlockId; readonly lines: string[] }[] = [];
  readonly #cold: string[] = [];
  #lines: string[] = [];
  #label = "";
  #temporaries = 0;
  #labels = 0;

  constructor(fn: MirFunction, scope: ModuleScope, locations: FunctionLocations) {
    this.fn = fn;
    this.scope = scope;
    this.locations = locations;
    this.#operands = fn.valueTypes.map((_, value) => `%v${value}`);
    this.#isCompare = new Uint8Array(fn.valueTypes.length);
    this.#isCounted = new Uint8Array(fn.valueTypes.length);
    this.#findOperands();
    this.#findUses();
  }

  /** Constants stand where they are used; conversions of references are their operands. */
  #findOperands(): void {
    const aliases: [result: Value, operand: Value][] = [];
    for (const { insts } of this.fn.blocks) {
      for (const inst of insts) {
        const [result] = inst.results;
        if (result === undefined) continue;
        const constant = this.#constant(inst);
        if (constant !== undefined) this.#operands[result] = constant;
        if (inst.op === "symbol_addr") this.#data.set(result, String(inst.imm));
        const [operand] = inst.args;
        if (conversions.has(inst.op) && operand !== undefined) aliases.push([result, operand]);
        if (compares.has(inst.op)) this.#isCompare[result] = 1;
      }
    }
    // Blocks may stand in any order, so a conversion may come before the one of its operand.
    const targets = new Map(aliases);
    for (const [result, operand] of aliases) {
      let at = operand;
      for (let next = targets.get(at); next !== undefined; next = targets.get(at)) at = next;
      this.#operands[result] = this.#operands[at] ?? "";
      if (this.#isCompare[at] === 1) this.#isCounted[at] = 1;
    }
  }

  #constant({ op, imm, type }: Inst): string | undefined {
    if (op === "iconst") return String(imm);
    if (op === "fconst") return floatLiteral(imm, type);
    if (op === "nil") return "0";
    if (op === "symbol_addr") return this.scope.dataAddress(String(imm), 32);
    if (op === "slot_index" && this.scope.isFlat) {
      return `ptrtoint (ptr ${this.scope.slot(String(imm))} to i32)`;
    }
    return undefined;
  }

  #findUses(): void {
    for (const { insts } of this.fn.blocks) {
      for (const { op, args, targets } of insts) {
        const first = op === "brif" || op === "select" ? 1 : 0;
        for (let i = first; i < args.length; i += 1) this.#isCounted[args[i] ?? 0] = 1;
        for (const target of targets) for (const arg of target.args) this.#isCounted[arg] = 1;
      }
    }
  }

  /** A value as an operand, without its type. */
  operand(value: Value | undefined): string {
    const text = value === undefined ? undefined : this.#operands[value];
    if (text === undefined) throw new Error(`${this.fn.symbol}: an operand is missing`);
    return text;
  }

  /** An address as an operand of the machine's pointers' size if that is a constant. */
  constantAddress(value: Value | undefined): string | undefined {
    const symbol = value === undefined ? undefined : this.#data.get(value);
    if (symbol !== undefined) return this.scope.dataAddress(symbol, this.scope.pointerBits);
    const text = this.operand(value);
    return /^-?\d+$/.test(text) ? String(BigInt.asUintN(32, BigInt(text))) : undefined;
  }

  /** A value as an operand with its type. */
  typed(value: Value): string {
    return `${this.type(value)} ${this.operand(value)}`;
  }

  type(value: Value): string {
    return llvmType(this.mirType(value));
  }

  mirType(value: Value): MirType {
    return typeOf(this.fn, value);
  }

  /** A value as an `i1`: whether it is not 0. */
  condition(value: Value | undefined): string {
    if (value !== undefined && this.#isCompare[value] === 1) return `%c${value}`;
    return this.temporary(`icmp ne i32 ${this.operand(value)}, 0`);
  }

  /** Defines a comparison's result, as an integer only if that is used. */
  defineCondition(value: Value | undefined, text: string): void {
    if (value === undefined) return;
    this.line(`%c${value} = ${text}`);
    if (this.#isCounted[value] === 1) this.define(value, `zext i1 %c${value} to i32`);
  }

  /** Defines a value by an instruction. */
  define(value: Value | undefined, text: string): void {
    this.line(value === undefined ? text : `${this.operand(value)} = ${text}`);
  }

  /** A new name for the result of an instruction. */
  temporary(text: string): string {
    const name = `%t${this.#temporaries}`;
    this.#temporaries += 1;
    this.line(`${name} = ${text}`);
    return name;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** A new label. */
  newLabel(): string {
    this.#labels += 1;
    return `x${this.#labels}`;
  }

  /** Goes on in a block of this label. */
  continueAt(label: string): void {
    this.#lines.push(`${label}:`);
    this.#label = label;
  }

  /** Goes on at `label` if the condition holds, else to code at the function's end that does not come back. */
  guard(condition: string, lines: readonly string[]): void {
    const [next, cold] = [this.newLabel(), this.newLabel()];
    this.line(`br i1 ${condition}, label %${next}, label %${cold}`);
    this.#cold.push(`${cold}:`, ...lines, "unreachable");
    this.continueAt(next);
  }

  /** Starts a block of the function. */
  enter(id: BlockId): void {
    this.#lines = [];
    this.#label = `b${id}`;
    this.#blocks.push({ id, lines: this.#lines });
  }

  /** The labels of a terminator's targets; LLVM wants one value from each block, so further edges to a block get their own. */
  targets(targets: readonly Target[]): { readonly labels: string[]; readonly between: string[] } {
    const seen = new Set<BlockId>();
    const between: string[] = [];
    const labels = targets.map(({ block, args }) => {
      const label = `b${block}`;
      if (args.length === 0) return label;
      if (!seen.has(block)) {
        seen.add(block);
        this.#addEdge(block, { from: this.#label, args });
        return label;
      }
      const own = this.newLabel();
      between.push(`${own}:`, `br label %${label}`);
      this.#addEdge(block, { from: own, args });
      return own;
    });
    return { labels, between };
  }

  #addEdge(block: BlockId, edge: Edge): void {
    const edges = this.#edges.get(block);
    if (edges === undefined) this.#edges.set(block, [edge]);
    else edges.push(edge);
  }

  /** All lines, blocks with their parameters as phis; `entry` comes first and goes to the first block. */
  finish(entry: readonly string[]): string[] {
    const lines: string[] = ["entry:", ...entry.map(indent)];
    for (const [index, { id, lines: own }] of this.#blocks.entries()) {
      const params =
        index === 0 ? [] : (this.fn.blocks.find((each) => each.id === id)?.params ?? []);
      lines.push(`b${id}:`, ...params.map((param, at) => indent(this.#phi(id, param, at))));
      lines.push(...own.map(indent));
    }
    return [...lines, ...this.#cold.map(indent)];
  }

  #phi(block: BlockId, param: Value, index: number): string {
    const edges = this.#edges.get(block) ?? [];
    const sources = edges.map(({ from, args }) => `[ ${this.operand(args[index])}, %${from} ]`);
    return `%v${param} = phi ${this.type(param)} ${sources.join(", ")}`;
  }
}

function indent(line: string): string {
  return line.endsWith(":") ? line : `  ${line}`;
}
