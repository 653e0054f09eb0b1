// Every operation in every shape of operands (local, constant, any expression) against the runtime's functions, which
// have tests of their own.
import { describe, expect, it } from "vitest";
import {
  HirBuilder,
  isFloatType,
  verifyHir,
  type BinaryOp,
  type CompareOp,
  type Expr,
  type HirLocal,
  type IntType,
  type ScalarType,
} from "../../ir/hir/index.ts";
import {
  canonicalInt,
  convertFloat,
  convertInt,
  intToF32,
  MemoryViews,
  narrowIntOps,
  ProgramError,
  wideIntOps,
  type IntValue,
} from "../../runtime/index.ts";
import { createInterpContext, writeLocal, type Value } from "./index.ts";

const b = new HirBuilder();
const intTypes: readonly IntType[] = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];
const intOps: readonly BinaryOp[] = [
  "add",
  "sub",
  "mul",
  "div",
  "rem",
  "and",
  "or",
  "xor",
  "shl",
  "shr",
];
const compareOps: readonly CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge"];
const floats = [0, -0, 1, -1, 0.1, -2.5, 1e300, -1e300, 16777217, 5e-324, Infinity, -Infinity, NaN];

const corners = [
  0n,
  1n,
  7n,
  127n,
  128n,
  255n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n,
];

function cornersOf(type: IntType): IntValue[] {
  const values = corners.flatMap((value) => [value, -value, value - 1n]);
  return [
    ...new Set(values.map((value) => convertInt(type, canonicalInt(BigInt.asIntN(64, value))))),
  ];
}

/** Calls a function of these parameters whose body is `return expr`. */
function evaluate(
  type: ScalarType,
  params: readonly HirLocal[],
  { expr, args }: { expr: Expr; args: readonly Value[] },
): Value {
  const module = b.module([
    { name: "f", params, result: type, body: [b.return(expr)] },
    { name: ".init", result: "i64", body: [b.return(b.int(0))] },
  ]);
  const messages = verifyHir(module);
  if (messages.length > 0) throw new Error(messages.join("\n"));
  const context = createInterpContext({
    module,
    memory: new MemoryViews({ buffer: new ArrayBuffer(8) }),
    globals: [],
    hooks: {
      onHotFunction: () => {},
      onHotLoop: () => null,
      poll: () => {},
      write: () => {},
      host: () => undefined,
    },
  });
  const [cell] = context.cells;
  if (cell === undefined) throw new Error("no function");
  const frame = cell.template.slice();
  args.forEach((arg, index) => writeLocal(frame, index, arg));
  return cell.code(frame);
}

function constant(type: ScalarType, value: Value): Expr {
  if (typeof value === "boolean") return b.bool(value);
  return isFloatType(type)
    ? b.float(Number(value), type)
    : b.int(value, type === "bool" ? "i64" : type);
}

/** The operand pair in each shape, over locals 0 and 1. */
function shapes(type: ScalarType, left: Value, right: Value): (readonly [Expr, Expr])[] {
  const locals = [b.local(0, type), b.local(1, type)] as const;
  const opaque = locals.map((local) => b.choose(b.bool(true), local, local));
  const [first = locals[0], second = locals[1]] = opaque;
  return [
    [locals[0], locals[1]],
    [locals[0], constant(type, right)],
    [first, locals[1]],
    [locals[0], second],
    [first, constant(type, right)],
    [constant(type, left), second],
    [first, second],
  ];
}

function params(type: ScalarType): HirLocal[] {
  return [
    { name: "a", type },
    { name: "b", type },
  ];
}

function outcome(run: () => Value): Value | string {
  try {
    return run();
  } catch (error) {
    return error instanceof ProgramError ? error.code : String(error);
  }
}

function intReference(
  type: IntType,
  op: BinaryOp,
  [left, right]: readonly [IntValue, IntValue],
): Value | string {
  if (right === 0 && op === "div") return "division_by_zero";
  if (right === 0 && op === "rem") return "modulo_by_zero";
  return type === "i64" || type === "u64"
    ? wideIntOps[type][op](left, right)
    : narrowIntOps[type][op](Number(left), Number(right));
}

describe.each(intTypes)("binary operations on %s", (type) => {
  it.each(intOps)("%s", (op) => {
    const values = cornersOf(type);
    for (const [index, left] of values.entries()) {
      // All pairs would take long: each value meets a third of the others.
      for (let at = index % 3; at < values.length; at += 3) {
        const right = values[at] ?? 0;
        const expected = intReference(type, op, [left, right]);
        const found = shapes(type, left, right).map(([a, c]) =>
          outcome(() =>
            evaluate(type, params(type), { expr: b.binary(op, a, c), args: [left, right] }),
          ),
        );
        expect({ left, right, found }).toEqual({ left, right, found: found.map(() => expected) });
      }
    }
  });
});

describe.each(["f32", "f64"] as const)("operations on %s", (type) => {
  const round = (value: number): number => (type === "f32" ? Math.fround(value) : value);
  const references: Partial<Record<BinaryOp, (left: number, right: number) => number>> = {
    add: (left, right) => left + right,
    sub: (left, right) => left - right,
    mul: (left, right) => left * right,
    div: (left, right) => left / right,
    rem: (left, right) => left % right,
  };
  it.each(Object.entries(references))("%s", (op, reference) => {
    for (const left of floats.map(round)) {
      for (const right of floats.map(round)) {
        const expected =
          op === "rem" && right === 0 ? "modulo_by_zero" : round(reference(left, right));
        const found = shapes(type, left, right).map(([a, c]) =>
          outcome(() =>
            evaluate(type, params(type), {
              expr: b.binary(op as BinaryOp, a, c),
              args: [left, right],
            }),
          ),
        );
        expect({ left, right, found }).toEqual({ left, right, found: found.map(() => expected) });
      }
    }
  });

  it("neg, min, max and the roundings", () => {
    const local = b.local(0, type);
    const run = (expr: Expr, value: number): Value =>
      evaluate(type, params(type), { expr, args: [value, 0.5] });
    for (const value of [...floats, 0.5, -0.5, 1.5, 2.5].map(round)) {
      expect(run(b.unary("neg", local), value)).toBe(-value);
      expect(run(b.math("min", local, b.local(1, type)), value)).toBe(Math.min(value, 0.5));
      expect(run(b.math("max", local, b.local(1, type)), value)).toBe(Math.max(value, 0.5));
      expect(run(b.math("abs", local), value)).toBe(Math.abs(value));
      expect(run(b.math("floor", local), value)).toBe(Math.floor(value));
      expect(run(b.math("ceil", local), value)).toBe(Math.ceil(value));
      expect(run(b.math("trunc", local), value)).toBe(Math.trunc(value));
      expect(run(b.math("round", local), value)).toBe(
        Math.sign(value) * Math.floor(Math.abs(value) + 0.5),
      );
      expect(run(b.math("sqrt", local), value)).toBe(round(Math.sqrt(value)));
    }
  });
});

const compareReference: Readonly<Record<CompareOp, (left: Value, right: Value) => boolean>> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
};

describe.each(compareOps)("comparison %s", (op) => {
  const agree = (type: ScalarType, values: readonly Value[]): void => {
    for (const left of values) {
      for (const right of values) {
        const expected = compareReference[op](left, right);
        const found = shapes(type, left, right).map(([a, c]) =>
          evaluate("bool", params(type), { expr: b.compare(op, a, c), args: [left, right] }),
        );
        expect({ left, right, found }).toEqual({ left, right, found: found.map(() => expected) });
      }
    }
  };

  it("on integers", () => {
    for (const type of ["i64", "u64", "i8", "u32"] as const)
      agree(type, cornersOf(type).slice(0, 12));
  });

  it("on floats", () => {
    agree("f64", floats);
  });

  if (op === "eq" || op === "ne") {
    it("on bool", () => {
      agree("bool", [true, false]);
    });
  }
});

describe("conversions", () => {
  const convert = (from: ScalarType, to: ScalarType, value: Value): Value =>
    evaluate(to, [{ name: "a", type: from }], {
      expr: b.convert(to, b.local(0, from)),
      args: [value],
    });

  it("between integers wrap", () => {
    for (const from of intTypes) {
      for (const to of intTypes) {
        for (const value of cornersOf(from))
          expect(convert(from, to, value)).toBe(convertInt(to, value));
      }
    }
  });

  it("from floats truncate and saturate", () => {
    for (const to of intTypes) {
      for (const value of floats) {
        expect(convert("f64", to, value)).toBe(convertFloat(to, value));
        expect(convert("f32", to, Math.fround(value))).toBe(convertFloat(to, Math.fround(value)));
      }
    }
  });

  it("to floats round once", () => {
    for (const from of intTypes) {
      for (const value of cornersOf(from)) {
        expect(convert(from, "f64", value)).toBe(Number(value));
        expect(convert(from, "f32", value)).toBe(intToF32(value));
      }
    }
    expect(convert("f64", "f32", 0.1)).toBe(Math.fround(0.1));
    expect(convert("f32", "f64", Math.fround(0.1))).toBe(Math.fround(0.1));
  });

  it("from bool give 0 and 1", () => {
    for (const to of intTypes)
      expect([convert("bool", to, true), convert("bool", to, false)]).toEqual([1, 0]);
  });
});

describe.each(intTypes)("other operations on %s", (type) => {
  it("neg, bnot, abs, min, max", () => {
    const values = cornersOf(type);
    const [a, c] = [b.local(0, type), b.local(1, type)];
    for (const left of values) {
      const run = (expr: Expr, right: IntValue = 0): Value =>
        evaluate(type, params(type), { expr, args: [left, right] });
      const minus = intReference(type, "sub", [0, left]);
      expect(run(b.unary("neg", a))).toBe(minus);
      expect(run(b.unary("bnot", a))).toBe(intReference(type, "xor", [left, convertInt(type, -1)]));
      expect(run(b.math("abs", a))).toBe(left < 0 ? minus : left);
      for (const right of values) {
        expect(run(b.math("min", a, c), right)).toBe(left < right ? left : right);
        expect(run(b.math("max", a, c), right)).toBe(left > right ? left : right);
      }
    }
  });
});
