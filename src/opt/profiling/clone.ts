// A second body of a function, for the values that it mostly works on: at its entry they are compared, and the body as it was stays
// for all others. So nothing that the program does depends on what was observed.
import {
  createBlock,
  entryBlock,
  FunctionBuilder,
  typeOf,
  type Block,
  type MirFunction,
  type Value,
} from "../../ir/mir/index.ts";
import { copyBlocks } from "../copy-blocks.ts";
import { entryValues, type EntryPlace } from "./places.ts";
import { anyTests, typeIdOffset, type AnyKind } from "./objects.ts";
import { typeIdOf } from "./notes.ts";

/** What a value at the entry is expected to be. */
export type Expected =
  /** The value's bits, of a float or a bool too, as an integer with its sign. */
  | { readonly kind: "value"; readonly bits: bigint }
  /** What an `any` is. */
  | { readonly kind: "any"; readonly is: AnyKind }
  /** What type id an object has. */
  | { readonly kind: "class"; readonly typeId: number };

/** A comparison at the entry. */
export interface Guard {
  readonly place: EntryPlace;
  readonly expected: Expected;
}

/** What is expected at the entry of a function. */
export interface EntryGuards {
  readonly guards: readonly Guard[];
  /** Address of the word that counts calls for which it did not hold. */
  readonly failures: number;
}

/** Gives a function its second body; the guards that were put in, of those that it still gains from. */
export function specialise(
  fn: MirFunction,
  isLoop: boolean,
  { guards, failures }: EntryGuards,
): readonly Guard[] {
  const { prefix, values } = entryValues(fn, isLoop);
  const wanted = guards.flatMap((guard) => {
    const found = values.find(({ place }) => isSame(place, guard.place));
    return found === undefined ? [] : [{ guard, value: found.value }];
  });
  if (wanted.length === 0) return [];
  const entry = entryBlock(fn);
  const rest = createBlock(fn);
  rest.insts = entry.insts.splice(prefix);
  const blocks = [rest, ...fn.blocks.slice(1)];
  const { blocks: copy } = copyBlocks(fn, blocks);
  const head = new FunctionBuilder(fn, createBlock(fn));
  const inCopy = new BodyKnowledge(fn, copy, entry);
  for (const { guard, value } of wanted) inCopy.learn(head, value, guard.expected);
  const [start] = copy;
  if (start === undefined) throw new Error(`${fn.symbol} has no body`);
  head.jump(start);
  const failed = countFailure(fn, failures, rest);
  const builder = new FunctionBuilder(fn, entry);
  const holds = wanted
    .map(({ guard, value }) => emitTest(builder, value, guard.expected))
    .reduce((left, right) => builder.value("band", "i32", [left, right]));
  builder.branch(holds, { block: head.block.id, args: [] }, { block: failed.id, args: [] });
  fn.blocks = [entry, head.block, ...copy, failed, ...blocks];
  return wanted.map(({ guard }) => guard);
}

function isSame(left: EntryPlace, right: EntryPlace): boolean {
  if (left.kind === "param") return right.kind === "param" && left.index === right.index;
  return right.kind === "local" && left.offset === right.offset;
}

/** A block that counts and goes on to the body as it was. */
function countFailure(fn: MirFunction, address: number, rest: Block): Block {
  const builder = new FunctionBuilder(fn, createBlock(fn));
  emitFailure(builder, address);
  builder.jump(rest);
  return builder.block;
}

/** Adds one to a word. */
export function emitFailure(builder: FunctionBuilder, address: number): void {
  const at = builder.value("iconst", "i32", [], BigInt(address));
  const count = builder.value("load", "i32", [at], 0);
  const one = builder.value("iconst", "i32", [], 1n);
  builder.effect("store", "i32", [at, builder.value("iadd", "i32", [count, one])], 0);
}

/** Whether a value is as expected: 0 or 1. */
function emitTest(builder: FunctionBuilder, value: Value, expected: Expected): Value {
  const { fn } = builder;
  if (expected.kind === "class") {
    const wanted = builder.value("iconst", "i32", [], BigInt(expected.typeId | 0));
    return builder.value("icmp", "i32", [typeIdOf(builder, value), wanted], "eq");
  }
  if (expected.kind === "any") {
    const { shift, cond, tag } = anyTests[expected.is];
    const bits = builder.value("any_bits", null, [value]);
    const count = builder.value("iconst", "i64", [], shift);
    const found = builder.value("ushr", "i64", [bits, count]);
    const wanted = builder.value("iconst", "i64", [], tag);
    return builder.value("icmp", "i64", [found, wanted], cond);
  }
  const type = typeOf(fn, value);
  const isWide = type === "i64" || type === "f64" || type === "any";
  const bits = bitsOf(builder, value);
  const width = isWide ? "i64" : "i32";
  const wanted = builder.value("iconst", width, [], expected.bits);
  return builder.value("icmp", width, [bits, wanted], "eq");
}

function bitsOf(builder: FunctionBuilder, value: Value): Value {
  const type = typeOf(builder.fn, value);
  if (type === "f64") return builder.value("f64_bits", null, [value]);
  if (type === "f32") return builder.value("f32_bits", null, [value]);
  if (type === "any") return builder.value("any_bits", null, [value]);
  return value;
}

/** Writes what is known into the second body. */
class BodyKnowledge {
  readonly #fn: MirFunction;
  readonly #body: readonly Block[];
  /** With what it computes before the guard. */
  readonly #entry: Block;

  constructor(fn: MirFunction, body: readonly Block[], entry: Block) {
    this.#fn = fn;
    this.#body = body;
    this.#entry = entry;
  }

  /** `head` is in front of the body. */
  learn(head: FunctionBuilder, value: Value, expected: Expected): void {
    if (expected.kind === "value") this.#replace(value, this.#constant(head, value, expected.bits));
    else if (expected.kind === "any") this.#learnAny(head, value, expected.is);
    else this.#learnClass(value, expected.typeId);
  }

  #constant(head: FunctionBuilder, value: Value, bits: bigint): Value {
    const type = typeOf(this.#fn, value);
    if (type === "i32" || type === "i64") return head.value("iconst", type, [], bits);
    if (type === "f64" || type === "f32") {
      const float = type === "f64" ? float64Of(bits) : float32Of(bits);
      return head.value("fconst", type, [], float);
    }
    const constant = head.value("iconst", "i64", [], bits);
    return head.value("bits_any", null, [constant]);
  }

  #replace(from: Value, to: Value): void {
    const use = (value: Value): Value => (value === from ? to : value);
    for (const { insts } of this.#body) {
      for (const inst of insts) {
        inst.args = inst.args.map(use);
        for (const target of inst.targets) target.args = target.args.map(use);
      }
    }
  }

  /** The same bits, with those that are known. */
  #learnAny(head: FunctionBuilder, value: Value, is: AnyKind): void {
    const { mask, known } = anyTests[is];
    if (mask === undefined) return;
    const bits = head.value("any_bits", null, [value]);
    const kept = head.value("band", "i64", [bits, head.value("iconst", "i64", [], mask)]);
    const all = head.value("bor", "i64", [kept, head.value("iconst", "i64", [], known)]);
    this.#replace(value, head.value("bits_any", null, [all]));
    for (const { op, args, results } of this.#entry.insts) {
      const [result] = results;
      if (op === "any_bits" && args[0] === value && result !== undefined)
        this.#replace(result, all);
    }
  }

  #learnClass(object: Value, typeId: number): void {
    for (const { insts } of this.#body) {
      for (const inst of insts) {
        const { op, type, args, imm } = inst;
        if (op !== "load" || type !== "i32" || args[0] !== object || imm !== typeIdOffset) continue;
        inst.op = "iconst";
        inst.args = [];
        inst.imm = BigInt(typeId | 0);
      }
    }
  }
}

function float64Of(bits: bigint): number {
  return new Float64Array(BigInt64Array.of(bits).buffer)[0] ?? 0;
}

function float32Of(bits: bigint): number {
  return new Float32Array(Int32Array.of(Number(bits)).buffer)[0] ?? 0;
}
