// The debug sections of an object with their relocations applied, so that they speak of addresses in memory.
import {
  findSection,
  relocationTypes,
  sectionBytes,
  type DebugLineSections,
} from "../../object/elf/index.ts";
import type { LinkInput, Linked } from "./apply.ts";
import { wordSize } from "./layout.ts";

/** The sections of line tables, or null if the object has none. */
export function lineSections(input: LinkInput, linked: Linked): DebugLineSections | null {
  const lines = relocated(input, linked, ".debug_line");
  if (lines === null) return null;
  const none = new Uint8Array(0);
  return {
    lines,
    lineTexts: relocated(input, linked, ".debug_line_str") ?? none,
    texts: relocated(input, linked, ".debug_str") ?? none,
    addressSize: wordSize(input.object.machine),
  };
}

/** Debug sections refer to code by address and to each other by offset, both without any other arithmetic. */
function relocated({ object }: LinkInput, linked: Linked, name: string): Uint8Array | null {
  const section = findSection(object, name);
  if (section === null) return null;
  const bytes = sectionBytes(object, section).slice();
  const view = new DataView(bytes.buffer);
  for (const list of object.relocations) {
    if (list.section !== section.index) continue;
    for (const { offset, type, symbol, addend } of list.entries) {
      const row = relocationTypes[object.machine].get(type);
      if (row?.value !== "S+A" || row.field.kind !== "word") continue;
      const size = row.field.bits / 8;
      if (size < 4 || offset + size > bytes.length) continue;
      const base = linked.address(symbol) ?? object.symbols[symbol]?.value ?? 0;
      const value = base + (list.implicit ? view.getInt32(offset, true) : addend);
      view.setUint32(offset, value >>> 0, true);
      if (size === 8) view.setUint32(offset + 4, Math.floor(value / 2 ** 32) >>> 0, true);
    }
  }
  return bytes;
}
