// Float functions that native code takes from the process.
import { describe, expect, it } from "vitest";
import { ProcessMath } from "../../src/engine/native/math.ts";
import { mathHost } from "../../src/runtime/index.ts";
import { nativeHost } from "./llvm-program.ts";

const symbols = Object.keys(mathHost) as (keyof typeof mathHost)[];

/** Numbers of every size, from the bits of a generator. */
function numbers(count: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  let state = 12_345n;
  return Array.from({ length: count }, () => {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    view.setBigUint64(0, state);
    const any = view.getFloat64(0);
    return Number(state & 1n) === 1 ? any : Number(state >> 40n) / 2 ** 20;
  });
}

describe.skipIf(nativeHost === undefined)("float functions of the process", () => {
  it("agree with JavaScript's to the bit, or are not taken", () => {
    if (nativeHost === undefined) return;
    const host = nativeHost;
    const math = new ProcessMath(host);
    const values = numbers(4000);
    const taken = symbols.filter((symbol) => {
      const address = math.address(symbol);
      if (address === undefined) return false;
      const ours: (...args: number[]) => number = mathHost[symbol];
      const types = Array.from({ length: ours.length }, () => "double");
      const theirs = host.callable(address, "double", types);
      for (const [i, first] of values.entries()) {
        const args = [first, values[(i * 31 + 7) % values.length] ?? 0].slice(0, ours.length);
        expect(theirs(...args), `${symbol}(${args.join(", ")})`).toBe(ours(...args));
      }
      return true;
    });
    expect(taken).toContain("rt_fmod");
  });

  it("are not taken where they differ or do not exist", () => {
    if (nativeHost === undefined) return;
    const host = nativeHost;
    const cosine = host.process.address("_ZN2v84base7ieee7543cosEd") ?? host.process.address("cos");
    const swapped = new ProcessMath({ ...host, process: { address: () => cosine } });
    expect(swapped.address("rt_sin")).toBeUndefined();
    const bare = new ProcessMath({ ...host, process: { address: () => undefined } });
    for (const symbol of symbols) expect(bare.address(symbol)).toBeUndefined();
    expect(new ProcessMath(host).address("rt_trap")).toBeUndefined();
    expect(new ProcessMath(host).address("toString")).toBeUndefined();
  });
});
