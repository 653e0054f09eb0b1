import { describe, expect, it } from "vitest";
import { mostLoopFuel } from "../runtime/index.ts";
import { nextFuel } from "./loop-runner.ts";

describe("the fuel of a loop function", () => {
  it("grows until calls take long, and shrinks where they take too long", () => {
    expect(nextFuel(4096, 0.1, false)).toBe(8192);
    expect(nextFuel(mostLoopFuel, 5, false)).toBe(mostLoopFuel);
    expect(nextFuel(8192, 30, false)).toBe(8192);
    expect(nextFuel(8192, 80, false)).toBe(4096);
    expect(nextFuel(1, 80, false)).toBe(1);
  });

  it("is that of a millisecond while something waits for the loop", () => {
    expect(nextFuel(8192, 32, true)).toBe(256);
    expect(nextFuel(3, 50, true)).toBe(1);
    expect(nextFuel(100, 0.5, true)).toBe(200);
  });
});
