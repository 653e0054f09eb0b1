// Functions of JavaScript that objects import as functions of wasm.
import { describe, expect, it } from "vitest";
import { HostCode } from "./host-code.ts";
import { hostWebAssembly, type WasmFunction } from "./webassembly.ts";

const origin = "the test";

describe("functions of the host", () => {
  it("hand on arguments, results and errors, and are made once", () => {
    const seen: unknown[] = [];
    const implementation: WasmFunction = (...args) => {
      seen.push(args);
      if (args[0] === 0n) throw new RangeError("zero");
      return 2.5;
    };
    const signature = { params: ["i64", "f32", "i32"], results: ["f64"] } as const;
    const symbol = { kind: "host", name: "f", origin, signature, implementation } as const;
    const code = new HostCode();
    const made = code.of(symbol);
    expect(made).not.toBe(implementation);
    expect(code.of(symbol)).toBe(made);
    const narrow = { params: ["i32"], results: ["f64"] } as const;
    expect(code.of({ ...symbol, signature: narrow })(7)).toBe(2.5);
    seen.pop();
    expect(made(2n ** 63n - 1n, 0.5, -1)).toBe(2.5);
    expect(() => made(0n, 0, 0)).toThrow("zero");
    expect(seen).toEqual([
      [2n ** 63n - 1n, 0.5, -1],
      [0n, 0, 0],
    ]);
    const { Table } = hostWebAssembly();
    expect(() => new Table({ initial: 1, element: "anyfunc" }).set(0, made)).not.toThrow();
  });

  it("leave functions that are of wasm already as they are", () => {
    const signature = { params: [], results: [] };
    const script: WasmFunction = () => undefined;
    const symbol = { kind: "host", name: "f", origin, signature, implementation: script } as const;
    const implementation = new HostCode().of(symbol);
    expect(new HostCode().of({ ...symbol, implementation })).toBe(implementation);
  });
});
