import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalInt,
  convertFloat,
  convertInt,
  intToF32,
  intToF64,
  roundHalfAway,
  type IntType,
} from "./index.ts";

const bounds: Readonly<Record<IntType, readonly [bigint, bigint]>> = {
  i8: [-128n, 127n],
  i16: [-32768n, 32767n],
  i32: [-(2n ** 31n), 2n ** 31n - 1n],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  u8: [0n, 255n],
  u16: [0n, 65535n],
  u32: [0n, 2n ** 32n - 1n],
  u64: [0n, 2n ** 64n - 1n],
};
const types: readonly IntType[] = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];

describe.each(types)("to %s", (type) => {
  const [min, max] = bounds[type];

  it("integers wrap", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        const size = max - min + 1n;
        const wrapped = ((((value - min) % size) + size) % size) + min;
        expect(convertInt(type, canonicalInt(value))).toBe(canonicalInt(wrapped));
      }),
    );
  });

  it("floats truncate and saturate", () => {
    const check = (value: number): void => {
      const whole = BigInt(Math.trunc(value));
      const expected = whole < min ? min : whole > max ? max : whole;
      const found = convertFloat(type, value);
      expect({ value, found }).toEqual({ value, found: canonicalInt(expected) });
      expect(Object.is(found, -0)).toBe(false);
    };
    const edges = [0, -0, 0.5, -0.5, -0.99, 1.99, -1.99, 2 ** 53, -(2 ** 53), 2 ** 53 - 1];
    for (const power of [7, 8, 15, 16, 31, 32, 52, 53, 54, 63, 64, 65]) {
      for (const step of [-1, -0.5, 0, 0.5, 1]) edges.push(2 ** power + step, -(2 ** power) + step);
    }
    edges.push(9223372036854774784, 18446744073709549568, 1e300, -1e300);
    for (const edge of edges) check(edge);
    fc.assert(fc.property(fc.double({ noNaN: true, min: -1e20, max: 1e20 }), check));
    expect(convertFloat(type, NaN)).toBe(0);
    expect(convertFloat(type, Infinity)).toBe(canonicalInt(max));
    expect(convertFloat(type, -Infinity)).toBe(canonicalInt(min));
  });
});

/** The nearest float with this many bits of precision, ties to even, computed on the integer. */
function rounded(value: bigint, precision: number): number {
  const magnitude = value < 0n ? -value : value;
  const extra = BigInt(Math.max(0, magnitude.toString(2).length - precision));
  const kept = magnitude >> extra;
  const rest = magnitude - (kept << extra);
  const half = extra === 0n ? 1n : 1n << (extra - 1n);
  const up = rest > half || (rest === half && extra > 0n && (kept & 1n) === 1n);
  const result = Number((up ? kept + 1n : kept) << extra);
  return value < 0n ? -result : result;
}

describe("integer to float rounds once", () => {
  const integers = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    // Next to ties between neighbouring f32, where rounding through f64 goes wrong.
    fc
      .tuple(
        fc.integer({ min: 2 ** 23, max: 2 ** 24 - 1 }),
        fc.integer({ min: 30, max: 40 }),
        fc.integer({ min: -3, max: 3 }),
      )
      .map(([bits, shift, off]) => (BigInt(2 * bits + 1) << BigInt(shift - 1)) + BigInt(off)),
  );

  it("to f32", () => {
    expect(intToF32(2n ** 62n + 2n ** 38n + 1n)).toBe(2 ** 62 + 2 ** 39);
    fc.assert(
      fc.property(integers, (value) => {
        expect(intToF32(canonicalInt(value))).toBe(rounded(value, 24));
        expect(intToF32(canonicalInt(-value / 2n))).toBe(rounded(-value / 2n, 24));
      }),
      { numRuns: 1000 },
    );
  });

  it("to f64", () => {
    fc.assert(
      fc.property(integers, (value) => {
        expect(intToF64(canonicalInt(value))).toBe(rounded(value, 53));
      }),
    );
  });
});

it("round goes half away from zero and keeps the sign of zero", () => {
  const pairs = [
    [0.5, 1],
    [-0.5, -1],
    [0.49999999999999994, 0],
    [-0.2, -0],
    [2.5, 3],
    [-2.5, -3],
    [4503599627370495.5, 4503599627370496],
    [9007199254740991, 9007199254740991],
    [Infinity, Infinity],
    [NaN, NaN],
    [-0, -0],
  ] as const;
  for (const [value, expected] of pairs) expect(roundHalfAway(value)).toBe(expected);
});
