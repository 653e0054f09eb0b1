import fc from "fast-check";
import { expect, it } from "vitest";
import { fixedDigits } from "./decimal.ts";

/** `value` × 2^1074, exactly. */
function exact(value: number): bigint {
  let scaled = value;
  let left = 1074;
  for (; left > 0 && !Number.isInteger(scaled); left -= 1) scaled *= 2;
  return BigInt(scaled) << BigInt(left);
}

it("digits with so many places are the nearest ones, ties to even", () => {
  const halves = fc
    .tuple(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 0, max: 12 }))
    .map(([mantissa, places]) => mantissa / 2 ** places);
  const any = fc.double({ min: 0, max: 1e25, noNaN: true });
  const small = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.oneof(halves, any, small), fc.nat({ max: 12 }), (value, precision) => {
      const { whole, fraction } = fixedDigits(value, precision);
      expect(fraction).toHaveLength(precision);
      expect(whole).toMatch(/^(0|[1-9]\d*)$/);
      const digits = BigInt(whole + fraction);
      const unit = 1n << 1074n;
      const off = digits * unit - exact(value) * 10n ** BigInt(precision);
      const twice = (off < 0n ? -off : off) * 2n;
      expect(twice <= unit).toBe(true);
      if (twice === unit) expect(digits % 2n).toBe(0n);
    }),
    { numRuns: 2000 },
  );
});
