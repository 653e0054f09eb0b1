// The verifier's rules for one instruction (I1 to I7 of verify.ts).
import type { Block, Inst, Target, Value } from "./function.ts";
import { noLocation } from "./function.ts";
import { formatSymbol, isNanBits } from "./literal.ts";
import {
  floatConds,
  intConds,
  mirTraps,
  objectOf,
  opcodeSpec,
  type MirType,
  type Opcode,
  type OpcodeSpec,
  type TypeRule,
} from "./opcodes.ts";
import type { SymbolUse, VerifyContext } from "./verify.ts";

type Report = (message: string) => void;

export function verifyInst(context: VerifyContext, block: Block, inst: Inst): void {
  const spec = opcodeSpec(inst.op);
  const report: Report = (message) => context.report(block, inst, message);
  verifyType(inst, spec, report);
  const symbol = spec.imm === "symbol" ? verifySymbol(context, inst, report) : undefined;
  if (spec.imm !== "symbol") verifyImmediate(inst, spec, report);
  const callee = symbol === undefined || symbol.kind === "data" ? null : symbol.signature;
  const args = argRules(context, { op: inst.op, args: spec.args }, callee?.params);
  if (args !== null)
    verifyValues(context, inst, { what: "operand", values: inst.args, rules: args }, report);
  const results = resultRules(spec, callee?.results);
  if (results !== null) {
    verifyValues(context, inst, { what: "result", values: inst.results, rules: results }, report);
  }
  verifyTargets(context, inst, spec, report);
  const { location } = inst;
  const known =
    Number.isInteger(location) && location >= 0 && location < context.fn.locations.length;
  if (location !== noLocation && !known) report(`loc${location} is not in the location table`);
}

function verifyType(inst: Inst, { types }: OpcodeSpec, report: Report): void {
  const { op, type } = inst;
  if (types.length === 0) {
    if (type !== null) report(`\`${op}\` has no controlling type, found ${type}`);
  } else if (type === null || !types.includes(type)) {
    report(`\`${op}\` takes ${types.join(" or ")}, found ${type ?? "no type"}`);
  }
}

/** The types the operands must have; null if the callee is unknown. */
function argRules(
  { fn }: VerifyContext,
  { op, args }: { op: Opcode; args: OpcodeSpec["args"] },
  callee: readonly MirType[] | undefined,
): readonly TypeRule[] | null {
  if (args === "values") return fn.signature.results;
  if (args !== "callee") return args;
  if (callee === undefined) return null;
  return op === "call_table" ? ["i32", ...callee] : callee;
}

function resultRules(
  { result }: OpcodeSpec,
  callee: readonly MirType[] | undefined,
): readonly TypeRule[] | null {
  if (result === "callee") return callee ?? null;
  return result === "none" ? [] : [result];
}

interface TypedValues {
  readonly what: "operand" | "result";
  readonly values: readonly Value[];
  readonly rules: readonly TypeRule[];
}

function verifyValues(
  { fn }: VerifyContext,
  inst: Inst,
  { what, values, rules }: TypedValues,
  report: Report,
): void {
  if (values.length !== rules.length) {
    report(`\`${inst.op}\` has ${plural(rules.length, what)} here, found ${values.length}`);
    return;
  }
  for (let index = 0; index < rules.length; index += 1) {
    const rule = rules[index] ?? "T";
    const expected = rule === "T" ? inst.type : rule;
    const value = values[index] ?? -1;
    const found = fn.valueTypes[value];
    if (found === undefined || expected === null || found === expected) continue;
    if (expected === "address" && (found === "i32" || found === "ref")) continue;
    const wanted = expected === "address" ? "i32 or ref" : expected;
    report(`${what} v${value} of \`${inst.op}\` must be ${wanted}, found ${found}`);
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

const symbolKinds: Readonly<Record<string, readonly [kind: SymbolUse["kind"], phrase: string]>> = {
  call: ["function", "a function of this module"],
  call_slot: ["slot", "a declared slot"],
  call_table: ["table", "a declared signature"],
  call_host: ["host", "a declared host function"],
  call_read: ["host", "a declared host function"],
  call_pure: ["host", "a declared host function"],
  slot_index: ["slot", "a declared slot"],
  symbol_addr: ["data", "a data symbol of this module"],
};

function verifySymbol(
  { symbols }: VerifyContext,
  inst: Inst,
  report: Report,
): SymbolUse | undefined {
  if (typeof inst.imm !== "string") {
    report(`\`${inst.op}\` has a symbol as its immediate, found ${String(inst.imm)}`);
    return undefined;
  }
  const use = symbols.get(inst.imm);
  const rule = symbolKinds[inst.op];
  if (use !== undefined && use.kind === rule?.[0]) return use;
  const usesSlot = inst.op === "call_slot" || inst.op === "slot_index";
  if (usesSlot && use?.kind === "function" && use.ownSlot === true) return use;
  report(`\`${inst.op}\` needs ${rule?.[1] ?? "a symbol"}; ${formatSymbol(inst.imm)} is none`);
  return undefined;
}

function verifyImmediate(inst: Inst, { imm: kind = "none" }: OpcodeSpec, report: Report): void {
  if (immediateFits(inst, kind)) return;
  report(`${String(inst.imm)} is not ${immediatePhrases[kind]} of \`${inst.op}\``);
}

const immediatePhrases = {
  none: "an immediate",
  int: "a canonical integer of the type",
  float: "a float of the type",
  icond: "an integer condition",
  fcond: "a float condition",
  symbol: "a symbol",
  offset: "an unsigned 32-bit offset",
  object: "a type id and size of an object",
  trap: "a trap code",
} as const;

function immediateFits({ imm, type }: Inst, kind: NonNullable<OpcodeSpec["imm"]>): boolean {
  switch (kind) {
    case "none":
      return imm === null;
    case "int":
      return typeof imm === "bigint" && imm === BigInt.asIntN(type === "i32" ? 32 : 64, imm);
    case "float":
      if (typeof imm === "bigint") return isNanBits(imm, type === "f32" ? "f32" : "f64");
      return typeof imm === "number" && (type !== "f32" || Object.is(Math.fround(imm), imm));
    case "icond":
      return intConds.some((cond) => cond === imm);
    case "fcond":
      return floatConds.some((cond) => cond === imm);
    case "offset":
      return typeof imm === "number" && imm === imm >>> 0 && !Object.is(imm, -0);
    case "object":
      return typeof imm === "number" && Number.isSafeInteger(imm) && objectOf(imm).size >= 8;
    case "trap":
      return mirTraps.some((trap) => trap === imm);
    case "symbol":
      return typeof imm === "string";
  }
}

function verifyTargets(
  context: VerifyContext,
  inst: Inst,
  { targets: count = 0 }: OpcodeSpec,
  report: Report,
): void {
  const found = inst.targets.length;
  if (count === "many" ? found === 0 : found !== count) {
    const wanted = count === "many" ? "at least 1 target" : plural(count, "target");
    report(`\`${inst.op}\` has ${wanted}, found ${found}`);
  }
  for (const target of inst.targets) verifyTarget(context, target, report);
}

function verifyTarget({ fn, blocks }: VerifyContext, target: Target, report: Report): void {
  const block = blocks.get(target.block);
  if (block === undefined) {
    report(`block${target.block} is not in the function`);
    return;
  }
  if (block === fn.blocks[0]) report(`no edge may lead to the entry block${target.block}`);
  if (target.args.length !== block.params.length) {
    const wanted = plural(block.params.length, "parameter");
    report(`block${block.id} has ${wanted}, found ${plural(target.args.length, "argument")}`);
    return;
  }
  target.args.forEach((arg, index) => {
    const param = block.params[index] ?? -1;
    const expected = fn.valueTypes[param];
    const type = fn.valueTypes[arg];
    if (expected !== undefined && type !== undefined && type !== expected) {
      report(`v${arg} for v${param} of block${block.id} must be ${expected}, found ${type}`);
    }
  });
}
