// Entries as the GNU assembler and linker write them.
import { expect, test } from "vitest";
import { entrySize, writeEntry } from "./entries.ts";

function entry(machine: "x86_64" | "aarch64", address: number, cell: number): string[] {
  const view = new DataView(new ArrayBuffer(2 * entrySize));
  writeEntry(machine, view, { offset: entrySize, address, cell });
  const words = [0, 4, 8, 12].map((at) => view.getUint32(entrySize + at, true));
  expect(view.getBigUint64(0)).toBe(0n);
  return words.map((word) => word.toString(16).padStart(8, "0"));
}

test("aarch64: adrp, ldr, br, brk", () => {
  expect(entry("aarch64", 0x10008, 0x2345128)).toEqual([
    "b00119b0",
    "f9409610",
    "d61f0200",
    "d4200000",
  ]);
  expect(entry("aarch64", 0x2345008, 0x10128)).toEqual([
    "f0fee650",
    "f9409610",
    "d61f0200",
    "d4200000",
  ]);
  // Addresses of a real process have 47 bits.
  const high = 0x7f00_0000_0000;
  expect(entry("aarch64", high + 0x10008, high + 0x2345128)[0]).toBe("b00119b0");
});

test("x86-64: jmp through the cell, int3", () => {
  // ff 25 and the distance from behind the instruction.
  expect(entry("x86_64", 0x10008, 0x2345128)).toEqual([
    "511a25ff",
    "cccc0233",
    "cccccccc",
    "cccccccc",
  ]);
  expect(entry("x86_64", 0x2345008, 0x10128)).toEqual([
    "b11a25ff",
    "ccccfdcc",
    "cccccccc",
    "cccccccc",
  ]);
});
