// Random well-formed MIR modules that end: nested control flow, loops with bounded trip counts, every opcode that
// computes, memory, calls with effects, bounded recursion, and a location on each instruction.
import {
  createBlock,
  createFunction,
  FunctionBuilder,
  floatConds,
  intConds,
  mirTypes,
  opcodes,
  opcodeSpec,
  type Block,
  type Immediate,
  type MirFunction,
  type MirModule,
  type MirType,
  type Opcode,
  type OpcodeSpec,
  type Value,
} from "../../src/ir/mir/index.ts";
import {
  heapDeclarations,
  heapStatement,
  keepObject,
  showObjects,
  copyReferences,
  someObject,
  someReference,
  type ReferenceKind,
  type HeapScope,
} from "./mir-heap.ts";
import type { Tape } from "./mir-tape.ts";
import { chainBinaries, chainInts, chainUnaries, edgeFloats, edgeInts } from "./edge-constants.ts";

/** Parameters of every generated function; the first is the depth that recursion may have, the last an object or nil. */
export const generatedParams: readonly MirType[] = [
  "i32",
  "i32",
  "i64",
  "f64",
  "f32",
  "i64",
  "ref",
];
const results: readonly MirType[] = ["i32", "i64", "f64", "f32"];
const signature = { params: generatedParams, results };

/** Bytes that programs load and store, and slots where they leave values that nothing else uses. */
const scratchSize = 96;
/** Numbers lie in the first 32 of them; references and `any` values have places of their own, as fields of objects do. */
const referencePlace = 32;
const anyPlace = 40;
const objectPlace = 48;
/** Each field is of one type; `null` is a byte. */
const fields: readonly { readonly offset: number; readonly type: MirType | null }[] = [
  { offset: 0, type: "i32" },
  { offset: 4, type: "f32" },
  { offset: 8, type: "i64" },
  { offset: 16, type: "any" },
  { offset: 24, type: "f64" },
  { offset: 32, type: null },
  { offset: 36, type: "ref" },
];
const observedValues = 16;
const dataSize = scratchSize + 8 * observedValues;

const special = new Set<Opcode>([
  "sdiv_exact",
  "symbol_addr",
  "slot_index",
  "safepoint",
  "new",
  "index",
  "index_up",
]);

/** Opcodes that are generated from their table row alone. */
const plainOpcodes = (Object.keys(opcodes) as Opcode[]).filter((opcode) => {
  const spec: OpcodeSpec = opcodeSpec(opcode);
  if (special.has(opcode) || spec.terminator === true || typeof spec.args === "string")
    return false;
  return spec.effects?.reads !== true && spec.effects?.writes !== true;
});

/** Opcodes that passes know most about come more often. */
const favourites: readonly Opcode[] = [
  "iconst",
  "iconst",
  "iadd",
  "isub",
  "imul",
  "sdiv",
  "srem",
  "udiv",
  "urem",
  "icmp",
  "icmp",
  "band",
  "ishl",
  "sshr",
  "ushr",
  "sextend",
  "uextend",
  "ireduce",
  "select",
  "fadd",
  "fmul",
  "fdiv",
];

export function edgeInt(tape: Tape, type: MirType): bigint {
  return BigInt.asIntN(type === "i64" ? 64 : 32, tape.pick(edgeInts));
}

export function edgeFloat(tape: Tape, type: MirType): number {
  const value = tape.pick(edgeFloats);
  return type === "f32" ? Math.fround(value) : value;
}

class Generator {
  readonly #tape: Tape;
  readonly #fn: MirFunction;
  readonly #builder: FunctionBuilder;
  readonly #callees: readonly string[];
  /** Values that dominate the current place. */
  #scope: Value[] = [];
  readonly #heap: HeapScope;
  #line = 0;
  /** Instructions that may still be made; keeps modules small. */
  #budget: number;

  constructor(
    tape: Tape,
    symbol: string,
    { callees, budget }: { callees: readonly string[]; budget: number },
  ) {
    this.#tape = tape;
    this.#fn = createFunction(symbol, signature);
    this.#builder = new FunctionBuilder(this.#fn);
    this.#callees = callees;
    this.#budget = budget;
    this.#heap = {
      tape,
      builder: this.#builder,
      references: { shared: [], private: [] },
      value: (type) => this.#value(type),
      add: (value) => this.#scope.push(value),
    };
  }

  run(): MirFunction {
    const params = this.#fn.blocks[0]?.params ?? [];
    this.#scope = params.slice(0, -1);
    const given = params.at(-1);
    if (given !== undefined && this.#tape.chance(50)) {
      keepObject(this.#heap, given, someObject(this.#heap));
    }
    this.#statements(3);
    this.#return();
    return this.#fn;
  }

  #locate(): void {
    this.#line += 1;
    const name = this.#fn.symbol;
    this.#fn.locations.push({
      file: "t.spl",
      line: this.#line,
      column: 1,
      function: name,
      caller: -1,
    });
    this.#builder.location = this.#fn.locations.length - 1;
  }

  #return(): void {
    if (this.#tape.chance(70)) this.#observe();
    const values = results.map((type) => this.#value(type));
    this.#builder.effect("return", null, values);
  }

  /** Stores the latest values, so that what is computed matters. */
  #observe(): void {
    if (this.#tape.chance(50)) showObjects(this.#heap);
    const address = this.#builder.value("symbol_addr", null, [], "data");
    for (const [i, value] of this.#scope.slice(-observedValues).entries()) {
      const type = this.#fn.valueTypes[value] ?? "i32";
      this.#builder.effect("store", type, [address, value], scratchSize + 8 * i);
    }
  }

  /** A value of a type, a constant if the scope has none. */
  #value(type: MirType): Value {
    if (this.#tape.chance(15)) return this.#constant(type);
    const fitting = this.#scope.filter((value) => this.#fn.valueTypes[value] === type);
    const recent = this.#tape.chance(60) ? fitting.slice(-4) : fitting;
    return recent.length === 0 ? this.#constant(type) : this.#tape.pick(recent);
  }

  #constant(type: MirType): Value {
    if (type === "i32" || type === "i64") {
      return this.#builder.value("iconst", type, [], edgeInt(this.#tape, type));
    }
    if (type === "ref") return this.#builder.value("nil", null, []);
    if (type === "any") {
      const bits = this.#builder.value("iconst", "i64", [], edgeInt(this.#tape, "i64"));
      return this.#builder.value("bits_any", null, [bits]);
    }
    return this.#builder.value("fconst", type, [], edgeFloat(this.#tape, type));
  }

  #statements(depth: number): void {
    const count = 1 + this.#tape.below(6);
    for (let i = 0; i < count && this.#budget > 0; i += 1) {
      this.#budget -= 1;
      this.#locate();
      this.#statement(depth);
    }
  }

  #statement(depth: number): void {
    const choice = this.#tape.below(100);
    if (choice < 30) this.#operation();
    else if (choice < 48) heapStatement(this.#heap);
    else if (choice < 62 || depth === 0) this.#chain();
    else if (choice < 72) this.#branch(depth);
    else if (choice < 82) this.#loop(depth);
    else if (choice < 86) this.#table(depth);
    else if (choice < 92) this.#memory();
    else this.#call();
  }

  #operation(): void {
    const { pick, chance } = {
      pick: <T>(items: readonly T[]) => this.#tape.pick(items),
      chance: (percent: number) => this.#tape.chance(percent),
    };
    if (chance(4)) {
      this.#exactDivision();
      return;
    }
    if (chance(2)) {
      this.#index();
      return;
    }
    const opcode = chance(60) ? pick(plainOpcodes) : pick(favourites);
    const spec = opcodeSpec(opcode);
    if (typeof spec.args === "string") throw new Error(`${opcode} is not plain`);
    const type = spec.types.length === 0 ? null : pick(spec.types);
    const args = spec.args.map((rule) => {
      const argType = rule === "T" ? type : rule;
      if (argType === null || argType === "address") throw new Error(`${opcode} has no type`);
      return this.#value(argType);
    });
    this.#scope.push(this.#builder.value(opcode, type, args, this.#immediate(spec, type)));
  }

  #immediate(spec: OpcodeSpec, type: MirType | null): Immediate {
    if (spec.imm === "int") return edgeInt(this.#tape, type ?? "i64");
    if (spec.imm === "float") return edgeFloat(this.#tape, type ?? "f64");
    if (spec.imm === "icond") return this.#tape.pick(intConds);
    return spec.imm === "fcond" ? this.#tape.pick(floatConds) : null;
  }

  /** Operations on one value and constants, one after the other. */
  #chain(): void {
    let type = this.#tape.pick<MirType>(["i64", "i32"]);
    let value = this.#value(type);
    const builder = this.#builder;
    const constant = (): Value => {
      const bits = type === "i64" ? 64 : 32;
      return builder.value("iconst", type, [], BigInt.asIntN(bits, this.#tape.pick(chainInts)));
    };
    for (let length = 2 + this.#tape.below(3); length > 0; length -= 1) {
      const choice = this.#tape.below(20);
      if (choice < 11) {
        const operands = this.#tape.chance(80) ? [value, constant()] : [constant(), value];
        value = builder.value(this.#tape.pick(chainBinaries), type, operands);
      } else if (choice < 13) {
        value = builder.value(this.#tape.pick(chainUnaries), type, [value]);
      } else if (choice < 17) {
        const cond = this.#tape.chance(50) ? this.#tape.pick(intConds) : "eq";
        value = builder.value("icmp", type, [value, constant()], cond);
        type = "i32";
      } else if (choice < 18) {
        const condition = type === "i32" ? value : this.#value("i32");
        value = builder.value("select", type, [condition, constant(), constant()]);
      } else if (type === "i64") {
        value = builder.value("ireduce", null, [value]);
        type = "i32";
      } else {
        value = builder.value(this.#tape.pick<Opcode>(["sextend", "uextend"]), null, [value]);
        type = "i64";
      }
      this.#scope.push(value);
    }
  }

  #exactDivision(): void {
    const type = this.#tape.pick<MirType>(["i64", "i32"]);
    const constant = edgeInt(this.#tape, type);
    const divisor = this.#builder.value("iconst", type, [], constant === -1n ? 3n : constant);
    this.#scope.push(this.#builder.value("sdiv_exact", type, [this.#value(type), divisor]));
  }

  /** A length is below 2^32; indices near it are often good. */
  #index(): void {
    const builder = this.#builder;
    const mask = builder.value("iconst", "i64", [], this.#tape.pick([15n, 255n, 0xffff_ffffn]));
    const length = builder.value("band", "i64", [this.#value("i64"), mask]);
    let index = this.#value("i64");
    if (this.#tape.chance(70)) index = builder.value("srem", "i64", [index, length]);
    const opcode = this.#tape.pick<Opcode>(["index", "index", "index_up"]);
    this.#scope.push(builder.value(opcode, null, [index, length]));
  }

  /** Runs statements in a block with the scope as it is; returns whether control comes out at the end. */
  #arm(block: Block, depth: number): boolean {
    const saved = this.#scope;
    const { references } = this.#heap;
    this.#scope = [...saved];
    this.#heap.references = copyReferences(references);
    this.#builder.enter(block);
    this.#statements(depth - 1);
    if (this.#tape.chance(8)) {
      this.#locate();
      if (this.#tape.chance(30)) this.#builder.effect("trap", null, [], "unreachable");
      else this.#return();
      this.#scope = saved;
      this.#heap.references = references;
      return false;
    }
    return true;
  }

  /** Arms that meet in a block with parameters. */
  #join(arms: readonly Block[], depth: number): void {
    const types = this.#someTypes();
    const kept = this.#someKinds();
    const join = createBlock(this.#fn, [...types, ...kept.map((): MirType => "ref")]);
    const saved = this.#scope;
    const { references } = this.#heap;
    for (const arm of arms) {
      this.#scope = saved;
      this.#heap.references = references;
      if (this.#arm(arm, depth))
        this.#builder.jump(join, [
          ...types.map((type) => this.#value(type)),
          ...kept.map((kind) => someReference(this.#heap, kind)),
        ]);
    }
    this.#scope = [...saved, ...join.params.slice(0, types.length)];
    this.#heap.references = copyReferences(references, kept, join.params.slice(types.length));
    this.#builder.enter(join);
  }

  #someTypes(): MirType[] {
    const count = this.#tape.below(4);
    return Array.from({ length: count }, () => this.#tape.pick(mirTypes));
  }

  /** Kinds of references that a block takes as parameters. */
  #someKinds(): ReferenceKind[] {
    const kinds: ReferenceKind[] = [];
    if (this.#tape.chance(30)) kinds.push("shared");
    if (this.#tape.chance(40)) kinds.push("private");
    return kinds;
  }

  #branch(depth: number): void {
    const condition = this.#value("i32");
    const then = createBlock(this.#fn);
    const otherwise = createBlock(this.#fn);
    this.#builder.branch(
      condition,
      { block: then.id, args: [] },
      { block: otherwise.id, args: [] },
    );
    this.#join([then, otherwise], depth);
  }

  #table(depth: number): void {
    const selector = this.#value("i32");
    const arms = Array.from({ length: 2 + this.#tape.below(3) }, () => createBlock(this.#fn));
    const targets = arms.map((arm) => ({ block: arm.id, args: [] }));
    if (this.#tape.chance(40)) targets.push({ block: arms[0]?.id ?? (0 as Block["id"]), args: [] });
    this.#builder.append("br_table", null, [selector], null, targets, []);
    this.#join(arms, depth);
  }

  /** header(fuel, i, carried…): leaves when the fuel is used up or the comparison of `i` fails. */
  #loop(depth: number): void {
    const type = this.#tape.pick<MirType>(["i64", "i32"]);
    const carried = this.#someTypes();
    const kept = this.#someKinds();
    const header = createBlock(this.#fn, [
      "i32",
      type,
      ...carried,
      ...kept.map((): MirType => "ref"),
    ]);
    const check = createBlock(this.#fn);
    const body = createBlock(this.#fn);
    const exit = createBlock(this.#fn, carried);
    const saved = this.#scope;
    const { references } = this.#heap;
    const builder = this.#builder;
    const fuel = builder.value("iconst", "i32", [], BigInt(1 + this.#tape.below(6)));
    const start = this.#tape.chance(70) ? this.#constant(type) : this.#value(type);
    const bound = this.#value(type);
    const first = carried.map((each) => this.#value(each));
    builder.jump(header, [
      fuel,
      start,
      ...first,
      ...kept.map((kind) => someReference(this.#heap, kind)),
    ]);
    builder.enter(header);
    this.#scope = [...saved, ...header.params.slice(1, 2 + carried.length)];
    this.#heap.references = copyReferences(
      references,
      kept,
      header.params.slice(2 + carried.length),
    );
    const [left, i] = header.params;
    if (left === undefined || i === undefined) throw new Error("a loop header has parameters");
    const leave = (): { block: Block["id"]; args: Value[] } => ({
      block: exit.id,
      args: carried.map((each) => this.#value(each)),
    });
    const out = leave();
    builder.branch(left, { block: check.id, args: [] }, out);
    builder.enter(check);
    this.#locate();
    if (this.#tape.chance(50)) builder.effect("safepoint", null, []);
    const test = builder.value("icmp", type, [i, bound], this.#tape.pick(intConds));
    const early = leave();
    builder.branch(test, { block: body.id, args: [] }, early);
    const headScope = this.#scope;
    const headReferences = this.#heap.references;
    if (this.#arm(body, depth)) {
      const one = builder.value("iconst", "i32", [], 1n);
      const rest = builder.value("isub", "i32", [left, one]);
      const step = builder.value("iconst", type, [], this.#tape.pick([1n, 2n, -1n, 3n]));
      const next = builder.value(this.#tape.pick<Opcode>(["iadd", "isub", "imul"]), type, [
        i,
        step,
      ]);
      const params = header.params.slice(2);
      const nexts = carried.map((each, k) => this.#nextCarried(each, params[k]));
      builder.jump(header, [
        rest,
        next,
        ...nexts,
        ...kept.map((kind) => someReference(this.#heap, kind)),
      ]);
    }
    this.#scope = [...headScope, ...exit.params];
    this.#heap.references = headReferences;
    builder.enter(exit);
  }

  /** What a loop passes to the next iteration: a value, or a linear function of the parameter. */
  #nextCarried(type: MirType, param: Value | undefined): Value {
    const isInteger = type === "i32" || type === "i64";
    if (param === undefined || !isInteger || this.#tape.chance(50)) return this.#value(type);
    const builder = this.#builder;
    const factor = builder.value("iconst", type, [], this.#tape.pick([31n, 3n, -5n, 1664525n]));
    const product = builder.value("imul", type, [param, factor]);
    const addend = this.#value(type);
    return builder.value(
      "iadd",
      type,
      this.#tape.chance(50) ? [product, addend] : [addend, product],
    );
  }

  /** Reads or writes a field of one object. */
  #field(): void {
    const builder = this.#builder;
    const place = builder.value("iconst", "i32", [], BigInt(objectPlace));
    const data = builder.value("symbol_addr", null, [], "data");
    const object = builder.value("addr_ref", null, [builder.value("iadd", "i32", [data, place])]);
    const { offset, type } = this.#tape.pick(fields);
    const isLoad = this.#tape.chance(60);
    if (isLoad && type !== null) {
      this.#scope.push(builder.value("load", type, [object], offset));
    } else if (isLoad) {
      this.#scope.push(builder.value("load8_u", null, [object], offset));
    } else if (type === null) {
      builder.effect("store8", null, [object, this.#value("i32")], offset);
    } else {
      builder.effect("store", type, [object, this.#value(type)], offset);
    }
  }

  #memory(): void {
    if (this.#tape.chance(40)) {
      this.#field();
      return;
    }
    const builder = this.#builder;
    const address = builder.value("symbol_addr", null, [], "data");
    const type = this.#tape.pick(mirTypes);
    const numbers = this.#tape.below(4) * 8;
    const offset = type === "ref" ? referencePlace : type === "any" ? anyPlace : numbers;
    switch (this.#tape.below(6)) {
      case 0:
        this.#scope.push(builder.value("load", type, [address], offset));
        return;
      case 1:
        builder.effect("store", type, [address, this.#value(type)], offset);
        return;
      case 2:
        builder.effect("store8", null, [address, this.#value("i32")], numbers);
        return;
      case 3:
        this.#scope.push(builder.value("load16_s", null, [address], numbers));
        return;
      case 4:
        this.#scope.push(builder.value("load8_u", null, [address], numbers + 1));
        return;
      default: {
        // An address that is computed, among the numbers.
        const number = this.#tape.pick<MirType>(["i32", "i64", "f32", "f64"]);
        const mask = builder.value("iconst", "i32", [], 15n);
        const index = builder.value("band", "i32", [this.#value("i32"), mask]);
        const place = builder.value("iadd", "i32", [address, index]);
        this.#scope.push(builder.value("load", number, [place], numbers / 2));
      }
    }
  }

  #call(): void {
    const builder = this.#builder;
    const choice = this.#tape.below(4);
    if (choice === 0) {
      const log = { params: ["i64"], results: [] } as const;
      builder.call("call_host", "log", log, [this.#value("i64")]);
    } else if (choice === 1) {
      const pure = { params: ["f64"], results: ["f64"] } as const;
      this.#scope.push(...builder.call("call_pure", "half", pure, [this.#value("f64")]));
    } else {
      this.#callFunction(this.#tape.pick(this.#callees));
    }
  }

  /** Calls with one less of depth, and only while there is some left. */
  #callFunction(callee: string): void {
    const builder = this.#builder;
    const [depth] = this.#fn.blocks[0]?.params ?? [];
    if (depth === undefined) throw new Error("a generated function has a depth");
    const object = this.#tape.chance(60) ? someObject(this.#heap) : builder.value("nil", null, []);
    const zero = builder.value("iconst", "i32", [], 0n);
    const more = builder.value("icmp", "i32", [depth, zero], "sgt");
    const call = createBlock(this.#fn);
    const skip = createBlock(this.#fn);
    const join = createBlock(this.#fn, results);
    builder.branch(more, { block: call.id, args: [] }, { block: skip.id, args: [] });
    builder.enter(skip);
    builder.jump(
      join,
      results.map((type) => this.#value(type)),
    );
    builder.enter(call);
    const one = builder.value("iconst", "i32", [], 1n);
    const less = builder.value("isub", "i32", [depth, one]);
    const args = generatedParams.slice(1, -1).map((type) => this.#value(type));
    this.#locate();
    const values = builder.call("call", callee, signature, [less, ...args, object]);
    builder.jump(join, values);
    builder.enter(join);
    this.#scope.push(...join.params);
  }
}

/** A module with a function `f` to run, the functions it calls, and declared host functions `log` and `half`. */
export function generateModule(tape: Tape): MirModule {
  const functions: MirFunction[] = [];
  const helper = tape.chance(50);
  const callees = helper ? ["f", "g"] : ["f"];
  if (helper) functions.push(new Generator(tape, "g", { callees: ["g", "f"], budget: 8 }).run());
  functions.unshift(new Generator(tape, "f", { callees, budget: 50 }).run());
  return {
    functions,
    declarations: [
      { symbol: "log", signature: { params: ["i64"], results: [] }, linkage: "host" },
      { symbol: "half", signature: { params: ["f64"], results: ["f64"] }, linkage: "host" },
      ...heapDeclarations,
    ],
    data: [],
    externalData: ["data"],
  };
}

export const generatedDataSize: number = dataSize;
