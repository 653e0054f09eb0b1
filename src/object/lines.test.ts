import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLines, encodeLines, lookupLine, type LineTable } from "./lines.ts";
import { ByteReader } from "./reader.ts";

const table: LineTable = {
  locations: [
    { file: "a.spl", line: 10, column: 3, function: "main", caller: -1 },
    { file: "b.spl", line: 2, column: 7, function: "helper", caller: 0 },
    { file: "a.spl", line: 1, column: 1, function: "inner", caller: 1 },
  ],
  entries: [
    { offset: 40, location: 0, trap: -1 },
    { offset: 52, location: 2, trap: 1 },
    { offset: 60, location: -1, trap: -1 },
  ],
};

const decode = (of: LineTable): LineTable => decodeLines(new ByteReader(encodeLines(of).finish()));

const locations = fc
  .array(
    fc.record({
      file: fc.constantFrom("a", "b", "c/d.spl"),
      line: fc.nat({ max: 1_000_000 }),
      column: fc.nat({ max: 500 }),
      function: fc.string({ maxLength: 5 }),
      caller: fc.nat({ max: 20 }),
    }),
    { maxLength: 20 },
  )
  .map((list) => list.map((item, i) => ({ ...item, caller: Math.min(item.caller, i) - 1 })));

const tables = locations.chain((list) =>
  fc
    .array(
      fc.record({
        offset: fc.nat({ max: 100_000 }),
        location: fc.integer({ min: -1, max: list.length - 1 }),
        trap: fc.integer({ min: -1, max: 5 }),
      }),
    )
    .map((entries) => ({
      locations: list,
      entries: entries.toSorted((left, right) => left.offset - right.offset),
    })),
);

describe("line table", () => {
  it("comes back as it was encoded", () => {
    fc.assert(
      fc.property(tables, (any) => {
        expect(decode(any)).toEqual(any);
      }),
    );
  });

  it("finds the entry that holds an offset", () => {
    expect(lookupLine(table, 39)).toBeUndefined();
    expect(lookupLine(table, 40)?.frames.map((frame) => frame.function)).toEqual(["main"]);
    expect(lookupLine(table, 51)?.trap).toBe(-1);
    expect(lookupLine(table, 52)).toEqual({
      trap: 1,
      frames: [
        { file: "a.spl", line: 1, column: 1, function: "inner" },
        { file: "b.spl", line: 2, column: 7, function: "helper" },
        { file: "a.spl", line: 10, column: 3, function: "main" },
      ],
    });
    expect(lookupLine(table, 100_000)).toEqual({ trap: -1, frames: [] });
  });

  it("finds nothing in an empty table", () => {
    expect(lookupLine({ locations: [], entries: [] }, 5)).toBeUndefined();
  });

  it("refuses a caller behind its call", () => {
    const [first, second] = table.locations;
    if (first === undefined || second === undefined) throw new Error("no locations");
    expect(() => encodeLines({ locations: [{ ...first, caller: 0 }], entries: [] })).toThrow(
      RangeError,
    );
    const bytes = encodeLines({ locations: [first, second], entries: [] }).finish();
    // The last byte but one is the second location's distance to its caller.
    bytes[bytes.length - 2] = 2;
    expect(() => decodeLines(new ByteReader(bytes))).toThrow("caller before the first location");
  });
});
