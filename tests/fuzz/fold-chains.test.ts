// Every pair of integer operations with edge constants on edge operands: folded and as written they agree.
import { describe, expect, it } from "vitest";
import { MirInterpreter, type MirValue } from "../../src/interp/index.ts";
import {
  createFunction,
  FunctionBuilder,
  intConds,
  type MirModule,
  type MirType,
  type Opcode,
  type Value,
} from "../../src/ir/mir/index.ts";
import { runPasses, type PassName } from "../../src/opt/index.ts";
import { chainBinaries, chainInts, chainUnaries, fewChainInts } from "./edge-constants.ts";

/** `chainBinaries` has some twice, to be chosen more often. */
const chainOperations = new Set(chainBinaries);
const divisions = new Set<Opcode>(["sdiv", "srem", "udiv", "urem"]);
const names: readonly PassName[] = ["fold", "facts", "fold", "dce"];

/** FUZZ_RUNS asks for the whole product; otherwise some constants stand for all. */
const whole = process.env["FUZZ_RUNS"] !== undefined;
function constantsOf(type: MirType): readonly bigint[] {
  const width = type === "i64" ? 64 : 32;
  const least = -(2n ** BigInt(width - 1));
  const ends = [least, -least - 1n, least + 1n];
  const all = whole ? [...chainInts, ...ends] : [...chainInts.slice(0, fewChainInts), least];
  return [...new Set(all.map((constant) => BigInt.asIntN(width, constant)))];
}

function inputsOf(type: MirType): readonly bigint[] {
  const width = type === "i64" ? 64 : 32;
  const least = -(2n ** BigInt(width - 1));
  const inputs = [
    0n,
    1n,
    -1n,
    2n,
    5n,
    -5n,
    8n,
    -12n,
    127n,
    128n,
    255n,
    256n,
    -128n,
    32768n,
    -2147483648n,
  ];
  return [...inputs, 2147483647n, 4294967296n, least, -least - 1n, least + 5n].map((input) =>
    BigInt.asIntN(width, input),
  );
}

type Shape = (builder: FunctionBuilder, x: Value) => Value;

/** An operation of a value and a constant, on either side. Divisors 0 are left out: they trap. */
function operations(type: MirType): { name: string; make: Shape }[] {
  const shapes: { name: string; make: Shape }[] = [];
  for (const op of chainOperations) {
    for (const constant of constantsOf(type)) {
      if (constant === 0n && divisions.has(op)) continue;
      shapes.push({
        name: `${op} x, ${constant}`,
        make: (builder, x) =>
          builder.value(op, type, [x, builder.value("iconst", type, [], constant)]),
      });
      if (divisions.has(op)) continue;
      shapes.push({
        name: `${op} ${constant}, x`,
        make: (builder, x) =>
          builder.value(op, type, [builder.value("iconst", type, [], constant), x]),
      });
    }
  }
  for (const op of chainUnaries) {
    shapes.push({ name: `${op} x`, make: (builder, x) => builder.value(op, type, [x]) });
  }
  return shapes;
}

function comparisons(type: MirType): { name: string; make: Shape }[] {
  return intConds.flatMap((cond) =>
    constantsOf(type).map((constant) => ({
      name: `icmp ${cond} x, ${constant}`,
      make: (builder: FunctionBuilder, x: Value) =>
        builder.value("icmp", type, [x, builder.value("iconst", type, [], constant)], cond),
    })),
  );
}

function otherType(type: MirType): MirType {
  return type === "i64" ? "i32" : "i64";
}

/** Conversions to the other integer type. */
function conversions(type: MirType): { name: string; make: Shape }[] {
  const ops: readonly Opcode[] = type === "i64" ? ["ireduce"] : ["sextend", "uextend"];
  return ops.map((op) => ({ name: `${op} x`, make: (builder, x) => builder.value(op, null, [x]) }));
}

/** A function of `x` that returns each of `seconds` of `first` of `x`. */
function moduleOf(type: MirType, first: Shape, seconds: readonly { make: Shape }[]): MirModule {
  const probe = createFunction("probe", { params: [type], results: [] });
  const probing = new FunctionBuilder(probe);
  const start = probe.blocks[0]?.params[0];
  if (start === undefined) throw new Error("no parameter");
  const results = seconds.map(({ make }) => {
    const value = make(probing, first(probing, start));
    return probe.valueTypes[value] ?? "i32";
  });
  const fn = createFunction("f", { params: [type], results });
  const builder = new FunctionBuilder(fn);
  const x = fn.blocks[0]?.params[0];
  if (x === undefined) throw new Error("no parameter");
  const middle = first(builder, x);
  const values = seconds.map(({ make }) => make(builder, middle));
  builder.effect("return", null, values);
  return { functions: [fn], declarations: [], data: [], externalData: [] };
}

function run(module: MirModule, type: MirType): readonly (readonly MirValue[])[] {
  const interpreter = new MirInterpreter([module]);
  return inputsOf(type).map((x) => interpreter.call("f", [type === "i64" ? x : Number(x)]));
}

function compare(
  type: MirType,
  firsts: readonly { name: string; make: Shape }[],
  secondsOf: (type: MirType) => readonly { name: string; make: Shape }[],
): void {
  for (const first of firsts) {
    const seconds = secondsOf(type);
    const module = moduleOf(type, first.make, seconds);
    const expected = run(module, type);
    runPasses(module, names);
    const actual = run(module, type);
    for (const [i, row] of expected.entries()) {
      for (const [j, value] of row.entries()) {
        if (actual[i]?.[j] === value) continue;
        const what = `${first.name}; ${seconds[j]?.name} for x = ${inputsOf(type)[i]}`;
        expect(`${what}: ${actual[i]?.[j]}`).toBe(`${what}: ${value}`);
      }
    }
  }
}

describe("folded chains agree with what was written", () => {
  it.each(["i32", "i64"] as const)("two operations of %s", { timeout: 600_000 }, (type) => {
    compare(type, operations(type), operations);
  });

  it.each(["i32", "i64"] as const)(
    "a comparison after an operation of %s",
    { timeout: 600_000 },
    (type) => {
      compare(type, operations(type), comparisons);
    },
  );

  it.each(["i32", "i64"] as const)(
    "operations after a conversion from %s",
    { timeout: 600_000 },
    (type) => {
      const to = otherType(type);
      for (const conversion of conversions(type)) {
        const seconds = [...operations(to), ...comparisons(to), ...conversions(to)];
        compare(type, [conversion], () => seconds);
      }
    },
  );

  it.each(["i32", "i64"] as const)(
    "a conversion after an operation of %s",
    { timeout: 600_000 },
    (type) => {
      compare(type, operations(type), conversions);
    },
  );

  it.each(["i32", "i64"] as const)(
    "operations on a comparison of %s",
    { timeout: 600_000 },
    (type) => {
      compare(type, comparisons(type), () => [...operations("i32"), ...comparisons("i32")]);
    },
  );
});
