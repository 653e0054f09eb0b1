// The text form of MIR. Printing is total: a function that the verifier refuses prints too.
// What is printed without `renumber` reads back with the same numbers (see parse.ts).
import type {
  Block,
  BlockId,
  DataItem,
  Declaration,
  Inst,
  Location,
  MirFunction,
  MirModule,
  Signature,
  Target,
  Value,
} from "./function.ts";
import { noLocation } from "./function.ts";
import { formatFloat, formatSymbol, quoteBytes, quoteText } from "./literal.ts";
import { objectOf, opcodeSpec } from "./opcodes.ts";

/** What the text form shows. */
export interface PrintOptions {
  /** Fresh numbers for values and blocks in order of definition, so that goldens do not move with unrelated changes. */
  readonly renumber?: boolean;
  /** Print the location table and the location of each instruction. */
  readonly locations?: boolean;
}

/** One printed line and what it shows: a block's header if `inst` is null, neither for the function's own lines. */
export interface PrintedLine {
  readonly text: string;
  readonly block: Block | null;
  readonly inst: Inst | null;
}

/** Declarations, data and functions of a module, ending in a newline. */
export function printModule(module: MirModule, options: PrintOptions = {}): string {
  const head = [
    ...module.declarations.map(printDeclaration),
    ...module.externalData.map((symbol) => `extern data ${formatSymbol(symbol)}`),
    ...module.data.map(printData),
  ];
  const items = module.functions.map((fn) => printFunction(fn, options));
  if (head.length > 0) items.unshift(`${head.join("\n")}\n`);
  return items.join("\n");
}

/** A function, ending in a newline. */
export function printFunction(fn: MirFunction, options: PrintOptions = {}): string {
  return `${printFunctionLines(fn, options)
    .map((line) => line.text)
    .join("\n")}\n`;
}

export function printDeclaration(declaration: Declaration): string {
  const { linkage, symbol, signature, collects } = declaration;
  const flags = collects === true ? " collects" : "";
  return `declare ${linkage} ${formatSymbol(symbol)}${printSignature(signature)}${flags}`;
}

export function printData(item: DataItem): string {
  return `data ${formatSymbol(item.symbol)} align ${item.align} = ${quoteBytes(item.bytes)}`;
}

/** The types of a function in the text form: `(i64, ref) -> i64`. */
export function printSignature(signature: Signature): string {
  const results = signature.results.length === 0 ? "" : ` -> ${signature.results.join(", ")}`;
  return `(${signature.params.join(", ")})${results}`;
}

/** The lines of a function with what each shows, for messages that point into it. */
export function printFunctionLines(fn: MirFunction, options: PrintOptions = {}): PrintedLine[] {
  const names = options.renumber === true ? freshNames(fn) : keptNames;
  const lines: PrintedLine[] = [];
  const own = (text: string): void => {
    lines.push({ text, block: null, inst: null });
  };
  own(`func ${formatSymbol(fn.symbol)}${printSignature(fn.signature)} {`);
  if (options.locations === true) {
    fn.locations.forEach((location, id) => own(`  loc${id} = ${locationText(location)}`));
  }
  for (const block of fn.blocks) {
    lines.push({ text: blockHeader(fn, block, names), block, inst: null });
    for (const inst of block.insts) {
      const where =
        options.locations === true && inst.location !== noLocation ? ` !loc${inst.location}` : "";
      lines.push({ text: `  ${instText(inst, names)}${where}`, block, inst });
    }
  }
  own("}");
  return lines;
}

interface Names {
  readonly value: (value: Value) => string;
  readonly block: (block: BlockId) => string;
}

const keptNames: Names = { value: (value) => `v${value}`, block: (block) => `block${block}` };

// Values and blocks without a definition keep a name that cannot be mistaken for a fresh one.
function freshNames(fn: MirFunction): Names {
  const values = new Map<Value, number>();
  const blocks = new Map<BlockId, number>();
  const define = (value: Value): void => {
    if (!values.has(value)) values.set(value, values.size);
  };
  for (const block of fn.blocks) {
    if (!blocks.has(block.id)) blocks.set(block.id, blocks.size);
    block.params.forEach(define);
    for (const inst of block.insts) inst.results.forEach(define);
  }
  return {
    value: (value) => `v${values.get(value) ?? values.size + value}`,
    block: (block) => `block${blocks.get(block) ?? blocks.size + block}`,
  };
}

function locationText(location: Location): string {
  const { file, line, column, caller } = location;
  const tail = caller === noLocation ? "" : ` caller loc${caller}`;
  return `${quoteText(file)} ${line} ${column} ${quoteText(location.function)}${tail}`;
}

function blockHeader(fn: MirFunction, block: Block, names: Names): string {
  const params = block.params.map(
    (param) => `${names.value(param)}: ${fn.valueTypes[param] ?? "unknown"}`,
  );
  return `${names.block(block.id)}${params.length === 0 ? "" : `(${params.join(", ")})`}:`;
}

function instText(inst: Inst, names: Names): string {
  const spec = opcodeSpec(inst.op);
  const results = inst.results.length === 0 ? "" : `${inst.results.map(names.value).join(", ")} = `;
  const suffix = spec.suffix === true ? `.${inst.type ?? "unknown"}` : "";
  const operands = operandsText(inst, names);
  return `${results}${inst.op}${suffix}${operands === "" ? "" : " "}${operands}`;
}

function operandsText(inst: Inst, names: Names): string {
  const spec = opcodeSpec(inst.op);
  const args = inst.args.map(names.value);
  const imm = spec.imm ?? "none";
  if (imm === "symbol") {
    const symbol = formatSymbol(String(inst.imm));
    return spec.args === "callee" ? `${symbol}(${args.join(", ")})` : [symbol, ...args].join(", ");
  }
  if (imm === "offset" && inst.imm !== 0) args[0] = `${args[0] ?? "unknown"}+${inst.imm ?? 0}`;
  if (imm === "icond" || imm === "fcond") return `${inst.imm ?? "unknown"} ${args.join(", ")}`;
  const targets = targetTexts(inst, names);
  const immediate = immediateText(inst);
  return [...(immediate === "" ? [] : [immediate]), ...args, ...targets].join(", ");
}

function immediateText({ op, type, imm }: Inst): string {
  const kind = opcodeSpec(op).imm;
  if (kind === "int" || kind === "trap") return String(imm ?? "unknown");
  if (kind === "object") return typeof imm === "number" ? objectText(imm) : "unknown";
  if (kind !== "float") return "";
  if (typeof imm !== "number" && typeof imm !== "bigint") return "unknown";
  return formatFloat(imm, type === "f32" ? "f32" : "f64");
}

function objectText(imm: number): string {
  const { typeId, size } = objectOf(imm);
  return `${typeId}:${size}`;
}

function targetTexts(inst: Inst, names: Names): string[] {
  const texts = inst.targets.map((target) => targetText(target, names));
  if (opcodeSpec(inst.op).targets !== "many") return texts;
  const last = texts.pop();
  return [`[${texts.join(", ")}]`, ...(last === undefined ? [] : [last])];
}

function targetText(target: Target, names: Names): string {
  const args = target.args.map(names.value);
  return `${names.block(target.block)}${args.length === 0 ? "" : `(${args.join(", ")})`}`;
}
