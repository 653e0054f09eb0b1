import { describe, expect, it } from "vitest";
import { SymbolTable, type ProgramSymbol } from "./symbols.ts";

const data = (name: string, origin = "a"): ProgramSymbol => ({
  kind: "data",
  name,
  address: 8,
  origin,
});

describe("SymbolTable", () => {
  it("finds what was defined", () => {
    const table = new SymbolTable();
    table.define(data("x"));
    expect(table.lookup("x")).toEqual(data("x"));
    expect(table.lookup("y")).toBeUndefined();
    expect([...table.symbols()]).toEqual([data("x")]);
    expect(table.size).toBe(1);
  });

  it("refuses a second definition and names both", () => {
    const table = new SymbolTable();
    table.define(data("x", "unit a"));
    expect(() => table.define(data("x", "unit b"))).toThrow(
      "symbol `x` of unit b is defined by unit a already",
    );
  });

  it("ranks similar names", () => {
    const table = new SymbolTable();
    for (const name of ["fibonacci", "fibonacc", "fibonacio", "gcd"]) table.define(data(name));
    expect(table.nearest("fibonacci2")).toEqual(["fibonacci", "fibonacc", "fibonacio"]);
    expect(table.nearest("quicksort")).toEqual([]);
    expect(table.nearest("fibonacci", 1)).toEqual(["fibonacci"]);
  });
});
