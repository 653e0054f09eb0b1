import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addBounds,
  after,
  before,
  decodeBound,
  encodeBound,
  encodeDouble,
  greatestI64,
  leastI64,
  negateBound,
} from "./bounds.ts";

const least = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;
const anchors = [
  0n,
  2n ** 51n,
  -(2n ** 51n),
  least,
  greatest,
  greatest - 2n ** 51n,
  least + 2n ** 51n,
  2n ** 62n,
];
const integers = fc
  .tuple(fc.constantFrom(...anchors), fc.bigInt({ min: -3n, max: 3n }))
  .map(([anchor, offset]) => anchor + offset)
  .filter((value) => value >= least && value <= greatest);

describe("codes of bounds", () => {
  it("round outward and keep the order", () => {
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        expect(decodeBound(encodeBound(a, false)) <= a).toBe(true);
        expect(decodeBound(encodeBound(a, true)) >= a).toBe(true);
        if (a <= b) expect(encodeBound(a, true) <= encodeBound(b, true)).toBe(true);
        expect(encodeBound(decodeBound(encodeBound(a, true)), false)).toBe(encodeBound(a, true));
      }),
      { numRuns: 2000 },
    );
  });

  it("are exact near zero and near the ends", () => {
    expect(decodeBound(leastI64)).toBe(least);
    expect(decodeBound(greatestI64)).toBe(greatest);
    expect(decodeBound(encodeBound(greatest - 5n, false))).toBe(greatest - 5n);
  });

  it("add and negate with the sum inside, or say that it may be no i64", () => {
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        const high = addBounds(encodeBound(a, true), encodeBound(b, true), true);
        if (Number.isNaN(high))
          expect(
            decodeBound(encodeBound(a, true)) + decodeBound(encodeBound(b, true)) > greatest ||
              a + b < least + 2n ** 53n,
          ).toBe(true);
        else expect(decodeBound(high) >= a + b).toBe(true);
        const low = addBounds(encodeBound(a, false), encodeBound(b, false), false);
        if (!Number.isNaN(low)) expect(decodeBound(low) <= a + b).toBe(true);
        if (a + b < least || a + b > greatest)
          expect(Number.isNaN(low) || Number.isNaN(high)).toBe(true);
        const negated = negateBound(encodeBound(a, false), true);
        if (!Number.isNaN(negated)) expect(decodeBound(negated) >= -a).toBe(true);
        const lower = negateBound(encodeBound(a, true), false);
        if (!Number.isNaN(lower)) expect(decodeBound(lower) <= -a).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it("step to the integer before and after", () => {
    fc.assert(
      fc.property(integers, (a) => {
        if (a > least) expect(decodeBound(before(encodeBound(a, true))) >= a - 1n).toBe(true);
        if (a < greatest) expect(decodeBound(after(encodeBound(a, false))) <= a + 1n).toBe(true);
      }),
    );
    expect(addBounds(0, negateBound(leastI64, true), true)).toBeNaN();
    expect(before(leastI64)).toBeNaN();
    expect(after(greatestI64)).toBeNaN();
    expect(before(7)).toBe(6);
  });

  it("take doubles up to 2^62", () => {
    expect(decodeBound(encodeDouble(2 ** 60, true)) >= 2n ** 60n).toBe(true);
    expect(decodeBound(encodeDouble(2 ** 62, true)) >= 2n ** 62n).toBe(true);
    expect(encodeDouble(2 ** 63, true)).toBeNaN();
  });
});
