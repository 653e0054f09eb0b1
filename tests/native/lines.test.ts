// Line tables of native objects against what readelf says of the same sections.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadNative, NativePools, NativeSymbolTable } from "../../src/loader/native/index.ts";
import { parseElf } from "../../src/object/elf/index.ts";
import { lookupLine } from "../../src/object/index.ts";
import { FixedMemory } from "./fixed-memory.ts";
import { loadFixtures } from "./fixtures.ts";
import { hasTool } from "./oracle.ts";

const base = 0x1000_0000;
const lacking = hasTool("readelf") ? "" : " (no readelf on this machine)";

/** The last line at each address; 0 where the code has none. */
function decodedLines(file: string): Map<number, number> {
  const text = execFileSync("readelf", ["--debug-dump=decodedline", file], { encoding: "utf8" });
  const rows = [...text.matchAll(/^\S+ +(\d+|-) +(0x[0-9a-f]+|0)\b.*$/gm)];
  const lines = new Map<number, number>();
  for (const [, line, address] of rows) {
    if (line !== "-") lines.set(Number(address), Number(line));
  }
  return lines;
}

describe("line tables", () => {
  for (const { name, bytes } of loadFixtures()) {
    const object = parseElf(bytes);
    if (!object.sections.some((section) => section.name === ".debug_line")) continue;
    // Lines of our own objects are numbers of locations.
    if (name.includes("anneal")) continue;
    // Addresses in the listing are those of sections, all of which start at 0.
    if (object.sections.filter(({ flags, size }) => (flags & 4) !== 0 && size > 0).length > 1)
      continue;
    test.skipIf(lacking !== "")(`${name}${lacking}`, () => {
      const pools = new NativePools(new FixedMemory(base));
      const process = { address: () => base + 0x10_0000 };
      const symbols = new NativeSymbolTable();
      const loaded = loadNative(bytes, { machine: object.machine, pools, symbols, process });
      if (loaded.kind === "refused") throw new Error(loaded.message);
      const { lines } = loaded;
      if (lines === null) throw new Error("no lines");
      const expected = decodedLines(path.join(import.meta.dirname, "fixtures", name));
      expect(expected.size).toBeGreaterThan(10);
      for (const [address, line] of expected) {
        const frame = lookupLine(lines, address)?.frames[0];
        expect(frame?.line ?? 0, `${name}+${address}`).toBe(line);
        if (frame !== undefined) expect(frame.file).toMatch(/(mixed|calls)\.c$/);
      }
      for (const { name: symbol, address, size } of loaded.functions) {
        const at = lookupLine(lines, address - loaded.codeAddress + Math.floor(size / 2));
        if (at?.frames[0] !== undefined) expect(at.frames[0].function).toBe(symbol);
      }
    });
  }

  test("are read at once or at the first look, and what is wrong with them is found then", () => {
    const fixture = loadFixtures().find(
      ({ name, bytes }) =>
        !name.includes("classes") &&
        !name.includes("anneal") &&
        parseElf(bytes).machine === "x86_64" &&
        parseElf(bytes).sections.some((section) => section.name === ".debug_line"),
    );
    if (fixture === undefined) throw new Error("no fixture has lines");
    const object = parseElf(fixture.bytes);
    const load = (bytes: Uint8Array, lazyLines: boolean) =>
      loadNative(bytes, {
        machine: object.machine,
        pools: new NativePools(new FixedMemory(base)),
        process: { address: () => base + 0x10_0000 },
        symbols: new NativeSymbolTable(),
        lazyLines,
      });
    const [eager, lazy] = [load(fixture.bytes, false), load(fixture.bytes, true)];
    if (eager.kind === "refused" || lazy.kind === "refused")
      throw new Error(eager.kind === "refused" ? eager.message : "refused");
    expect(lazy.lines).toEqual(eager.lines);
    expect(lazy.lines).toBe(lazy.lines);

    const wrong = fixture.bytes.slice();
    const section = object.sections.find(({ name }) => name === ".debug_line");
    // The version of the table, behind its length.
    wrong.fill(0xff, (section?.offset ?? 0) + 4, (section?.offset ?? 0) + 6);
    expect(load(wrong, false)).toMatchObject({ kind: "refused" });
    expect(load(wrong, true)).toMatchObject({ kind: "loaded", lines: null });
  });
});
