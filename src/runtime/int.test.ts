import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalInt,
  narrowIntOps,
  wideIntOps,
  type IntOp,
  type IntType,
  type IntValue,
} from "./index.ts";
import { highHalf, joinHalves, lowHalf } from "./int.ts";

const bitsOf = { i8: 8, i16: 16, i32: 32, i64: 64, u8: 8, u16: 16, u32: 32, u64: 64 } as const;
const types: readonly IntType[] = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];
const ops: readonly IntOp[] = ["add", "sub", "mul", "div", "rem", "and", "or", "xor", "shl", "shr"];

function wrap(type: IntType, value: bigint): bigint {
  return type.startsWith("i")
    ? BigInt.asIntN(bitsOf[type], value)
    : BigInt.asUintN(bitsOf[type], value);
}

/** The definition of each operation on mathematical integers. */
function reference(type: IntType, op: IntOp, [a, b]: readonly [bigint, bigint]): bigint {
  const count = BigInt.asUintN(64, b) % BigInt(bitsOf[type]);
  const results: Record<IntOp, () => bigint> = {
    add: () => a + b,
    sub: () => a - b,
    mul: () => a * b,
    div: () => a / b,
    rem: () => a % b,
    and: () => a & b,
    or: () => a | b,
    xor: () => a ^ b,
    shl: () => a << count,
    shr: () => a >> count,
  };
  return wrap(type, results[op]());
}

function apply(type: IntType, op: IntOp, [a, b]: readonly [bigint, bigint]): IntValue {
  return type === "i64" || type === "u64"
    ? wideIntOps[type][op](canonicalInt(a), canonicalInt(b))
    : narrowIntOps[type][op](Number(a), Number(b));
}

/** The bounds of every width and of the safe integers, one off on both sides. */
const corners = [
  0n,
  1n,
  2n,
  3n,
  5n,
  7n,
  8n,
  10n,
  16n,
  21n,
  31n,
  32n,
  33n,
  52n,
  53n,
  54n,
  62n,
  63n,
  64n,
].flatMap((n) => {
  const power = 2n ** n;
  return [power - 1n, power, power + 1n, -power - 1n, -power, 1n - power];
});

const anyInt = fc.oneof(
  fc.constantFrom(...corners),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.integer().map(BigInt),
  fc.maxSafeInteger().map(BigInt),
);

function expectCanonical(value: IntValue, expected: bigint): void {
  expect(value).toBe(canonicalInt(expected));
  expect(typeof value === "number").toBe(Number.isSafeInteger(Number(expected)));
  expect(Object.is(value, -0)).toBe(false);
}

describe.each(types)("%s", (type) => {
  it.each(ops)("%s agrees with the definition at all corners", (op) => {
    for (const left of corners) {
      for (const right of corners) {
        const operands = [wrap(type, left), wrap(type, right)] as const;
        if ((op === "div" || op === "rem") && operands[1] === 0n) continue;
        const value = apply(type, op, operands);
        const expected = canonicalInt(reference(type, op, operands));
        if (!Object.is(value, expected))
          expect({ op, operands, value }).toEqual({ op, operands, value: expected });
      }
    }
  });

  it.each(ops)("%s agrees with the definition", (op) => {
    fc.assert(
      fc.property(anyInt, anyInt, (left, right) => {
        const operands = [wrap(type, left), wrap(type, right)] as const;
        if ((op === "div" || op === "rem") && operands[1] === 0n) return;
        expectCanonical(apply(type, op, operands), reference(type, op, operands));
      }),
      { numRuns: 200 },
    );
  });

  it("neg, bnot and abs wrap", () => {
    for (const corner of corners) {
      const operand = wrap(type, corner);
      const magnitude = operand < 0n ? -operand : operand;
      const expected = [-operand, ~operand, magnitude].map((value) =>
        canonicalInt(wrap(type, value)),
      );
      const found =
        type === "i64" || type === "u64"
          ? [wideIntOps[type].neg, wideIntOps[type].bnot, wideIntOps[type].abs].map((f) =>
              f(canonicalInt(operand)),
            )
          : [narrowIntOps[type].neg, narrowIntOps[type].bnot, narrowIntOps[type].abs].map((f) =>
              f(Number(operand)),
            );
      expect({ operand, found }).toEqual({ operand, found: expected });
      expect(found.some((value) => Object.is(value, -0))).toBe(false);
    }
  });
});

it("halves put together give the integer back", () => {
  for (const corner of corners) {
    const signed = BigInt.asIntN(64, corner);
    const value = canonicalInt(signed);
    expectCanonical(joinHalves(highHalf(value), lowHalf(value) >>> 0), signed);
    const unsigned = BigInt.asUintN(64, corner);
    const wide = canonicalInt(unsigned);
    expectCanonical(joinHalves(highHalf(wide) >>> 0, lowHalf(wide) >>> 0), unsigned);
  }
});
