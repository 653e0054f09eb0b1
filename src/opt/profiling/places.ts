// What of a function may turn out to be always the same, and whether its code would gain from knowing it.
import {
  entryBlock,
  opcodeSpec,
  typeOf,
  type Inst,
  type MirFunction,
  type MirType,
  type Value,
} from "../../ir/mir/index.ts";
import { typeIdOffset } from "./objects.ts";

/** A value that is there when a function begins: a parameter, or in a loop function a local in its frame. */
export type EntryPlace =
  | { readonly kind: "param"; readonly index: number }
  | { readonly kind: "local"; readonly offset: number };

/** Something that can be observed; sites are numbered in the order of the function's code as it was lowered. */
export type Place =
  | EntryPlace
  /** The slot that the closure of an indirect call has. */
  | { readonly kind: "call"; readonly site: number }
  /** The type id by which a chain of comparisons decides. */
  | { readonly kind: "class"; readonly site: number };

/** A value at the entry of a function. */
export interface EntryValue {
  readonly place: EntryPlace;
  readonly value: Value;
  readonly type: MirType;
}

/** Instructions of the entry block that run before the values are looked at, and the values. */
export interface EntryValues {
  readonly prefix: number;
  readonly values: readonly EntryValue[];
}

/** Most values of a function that are looked at. */
const mostValues = 8;
/** A larger function gets no second body. */
const largestFunction = 600;

/** Values at the entry that a second body would gain from: what it branches on, divides by, or finds elements with. */
export function entryValues(fn: MirFunction, isLoop: boolean): EntryValues {
  const size = fn.blocks.reduce((sum, { insts }) => sum + insts.length, 0);
  if (size > largestFunction) return { prefix: 0, values: [] };
  const uses = usesOf(fn);
  const all = isLoop ? frameLocals(fn) : parameters(fn);
  const paying = all.filter(({ value }) => pays(fn, uses, value)).slice(0, mostValues);
  if (!isLoop) return { prefix: 0, values: paying };
  const found = new Set(paying.map(({ value }) => value));
  const last = entryBlock(fn).insts.findLastIndex(({ results: [result] }) =>
    result === undefined ? false : found.has(result),
  );
  return { prefix: last + 1, values: paying };
}

function parameters(fn: MirFunction): EntryValue[] {
  return entryBlock(fn).params.map((value, index) => ({
    place: { kind: "param", index },
    value,
    type: typeOf(fn, value),
  }));
}

/** What the entry block loads from the frame, before anything else has an effect. */
function frameLocals(fn: MirFunction): EntryValue[] {
  const { params, insts } = entryBlock(fn);
  const found: EntryValue[] = [];
  for (const { op, args, imm, results } of insts) {
    const { effects, terminator } = opcodeSpec(op);
    if (terminator === true || effects?.writes === true || effects?.calls === true) break;
    const [value] = results;
    if (op !== "load" || args[0] !== params[0] || value === undefined) continue;
    found.push({
      place: { kind: "local", offset: Number(imm) },
      value,
      type: typeOf(fn, value),
    });
  }
  return found;
}

/** A use of a value as an operand, or as an argument of an edge: then `parameter` is what takes it. */
interface Use {
  readonly inst: Inst;
  readonly parameter?: Value | undefined;
}

type Uses = ReadonlyMap<Value, readonly Use[]>;

function usesOf(fn: MirFunction): Uses {
  const uses = new Map<Value, Use[]>();
  const add = (value: Value, use: Use): void => {
    const known = uses.get(value);
    if (known === undefined) uses.set(value, [use]);
    else known.push(use);
  };
  const params = new Map(fn.blocks.map((block) => [block.id, block.params]));
  for (const { insts } of fn.blocks) {
    for (const inst of insts) {
      for (const arg of inst.args) add(arg, { inst });
      for (const { block, args } of inst.targets) {
        args.forEach((arg, i) => add(arg, { inst, parameter: params.get(block)?.[i] }));
      }
    }
  }
  return uses;
}

const divisions: ReadonlySet<string> = new Set(["sdiv", "udiv", "srem", "urem", "sdiv_exact"]);
const decisions: ReadonlySet<string> = new Set([
  "brif",
  "br_table",
  "icmp",
  "fcmp",
  "index",
  "index_up",
]);

/** Whether the value, or what is computed from it, decides something. */
function pays(fn: MirFunction, uses: Uses, start: Value): boolean {
  if (typeOf(fn, start) === "ref") return classPays(uses, start);
  const seen = new Set<Value>([start]);
  for (const value of seen) {
    for (const { inst, parameter } of uses.get(value) ?? []) {
      if (parameter !== undefined) seen.add(parameter);
      else if (decides(inst, value)) return true;
      else if (isComputation(inst)) for (const one of inst.results) seen.add(one);
    }
  }
  return false;
}

function decides({ op, args }: Inst, value: Value): boolean {
  if (op === "select") return args[0] === value;
  return decisions.has(op) || (divisions.has(op) && args[1] === value);
}

function isComputation({ op }: Inst): boolean {
  const { effects, result } = opcodeSpec(op);
  return result !== "callee" && (effects === undefined || divisions.has(op));
}

/** Whether the type id of an object is looked at again and again. */
function classPays(uses: Uses, object: Value): boolean {
  return (uses.get(object) ?? []).some(
    ({ inst: { op, type, imm, results } }) =>
      op === "load" && type === "i32" && imm === typeIdOffset && comparedOften(uses, results[0]),
  );
}

/** Type ids that are compared with one after the other. */
const leastCompared = 2;

function comparedOften(uses: Uses, id: Value | undefined): boolean {
  if (id === undefined) return false;
  return (uses.get(id) ?? []).filter(({ inst }) => inst.op === "icmp").length >= leastCompared;
}
