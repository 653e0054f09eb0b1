import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayBool, displayF32, displayF64, displayInt } from "./index.ts";

describe("displayF64", () => {
  it.each([
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [-2, "-2.0"],
    [0.1, "0.1"],
    [1e-4, "0.0001"],
    [9.999e-5, "9.999e-5"],
    [1e15, "1000000000000000.0"],
    [9999999999999998, "9999999999999998.0"],
    [1e16, "1e16"],
    [-1.5e16, "-1.5e16"],
    [1e21, "1e21"],
    [1.7976931348623157e308, "1.7976931348623157e308"],
    [5e-324, "5e-324"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [NaN, "NaN"],
    [1 / 3, "0.3333333333333333"],
  ])("of %s is %s", (value, expected) => {
    expect(displayF64(value)).toBe(expected);
  });

  it("reads back as the same value", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = displayF64(value);
        expect(Number(text)).toBe(value);
        expect(text).toMatch(/^-?(\d+\.\d+|\d(\.\d+)?e-?\d+)$/);
      }),
    );
  });
});

describe("displayF32", () => {
  it.each([
    [0.1, "0.1"],
    [16777216, "16777216.0"],
    [16777217, "16777216.0"],
    [3.4028234663852886e38, "3.4028235e38"],
    [1.401298464324817e-45, "1e-45"],
    [1 / 3, "0.33333334"],
    [1e10, "10000000000.0"],
    [-0, "-0.0"],
    [1e-5, "1e-5"],
    [NaN, "NaN"],
    [-Infinity, "-inf"],
  ])("of %s is %s", (value, expected) => {
    expect(displayF32(Math.fround(value))).toBe(expected);
  });

  it("is shortest at powers of two, where floats above are farther apart than below", () => {
    const longest: string[] = [];
    for (let exponent = -149; exponent <= 127; exponent += 1) {
      const value = 2 ** exponent;
      const text = displayF32(value);
      expect(Math.fround(Number(text))).toBe(value);
      const [mantissa = "", power = "0"] = Number(text).toExponential().split("e");
      const digits = mantissa.replace(".", "");
      if (digits.length === 1) continue;
      const cut = Number(digits.slice(0, -1));
      for (const shorter of [cut - 1, cut, cut + 1, cut + 2]) {
        const read = Number(`${shorter}e${Number(power) - digits.length + 2}`);
        if (Math.fround(read) === value) longest.push(`${text}: ${read}`);
      }
    }
    expect(longest).toEqual([]);
    expect(displayF32(-(2 ** 90))).toBe(`-${displayF32(2 ** 90)}`);
  });

  it("reads back as the same f32, and no shorter form does", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = displayF32(value);
        expect(Math.fround(Number(text))).toBe(value);
        const digits = text
          .replace(/e.*/, "")
          .replace(/[-.]/g, "")
          .replace(/^0+|0+$/g, "").length;
        if (digits > 1) expect(Math.fround(Number(value.toPrecision(digits - 1)))).not.toBe(value);
      }),
    );
  });
});

it("integers are decimal, bool is a word", () => {
  expect([displayInt(0), displayInt(-7), displayInt(2n ** 64n - 1n)]).toEqual([
    "0",
    "-7",
    "18446744073709551615",
  ]);
  expect([displayBool(true), displayBool(false)]).toEqual(["true", "false"]);
});
