// Calls through slots by functions that objects import.
import { describe, expect, it } from "vitest";
import type { WasmImport } from "../object/index.ts";
import { SlotCalls, slotCallOf } from "./slot-calls.ts";
import { hostWebAssembly } from "./webassembly.ts";

const i64 = { params: ["i64", "f64"], results: ["i64"] } as const;

describe("calls through slots", () => {
  it("hand on the arguments to what is in the slot now", () => {
    const { Table, RuntimeError } = hostWebAssembly();
    const table = new Table({ initial: 4, element: "anyfunc" });
    const calls = new SlotCalls(table);
    const call = calls.of(i64);
    expect(calls.of({ ...i64 })).toBe(call);
    expect(() => call(1n, 0.5, 2)).toThrow(RuntimeError);
    // A function of the type that calls slot 3, which is given nothing: by its own means it traps as well.
    table.set(3, calls.of({ params: ["i64"], results: [] }));
    expect(() => call(1n, 0.5, 3)).toThrow(RuntimeError);
  });

  it("go by the name of the type", () => {
    const type = { params: ["i64", "f64", "i32"], results: ["i64"] } as const;
    const named = (field: string): WasmImport => ({ module: "env", field, kind: "function", type });
    expect(slotCallOf(named("anneal:call (i64, f64) -> i64"))).toEqual(i64);
    expect(slotCallOf(named("anneal:call (i64) -> i64"))).toBeNull();
    expect(slotCallOf(named("rt_trap"))).toBeNull();
  });
});
