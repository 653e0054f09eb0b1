// Entries: jumps through a cell, so that a function has one address for good while its code is replaced by one store.
import type { ElfMachine } from "../../object/elf/index.ts";

/** Bytes of an entry. */
export const entrySize = 16;

/** Writes a jump to the address that a cell holds; code and cell are within 2 GiB of each other. */
export function writeEntry(
  machine: Exclude<ElfMachine, "i686">,
  view: DataView,
  {
    offset,
    address,
    cell,
  }: { readonly offset: number; readonly address: number; readonly cell: number },
): void {
  if (machine === "x86_64") {
    // jmp *distance(%rip), from behind the instruction; the rest is int3.
    view.setUint16(offset, 0x25ff, true);
    view.setInt32(offset + 2, cell - (address + 6), true);
    for (let at = 6; at < entrySize; at += 1) view.setUint8(offset + at, 0xcc);
    return;
  }
  // adrp x16, page; ldr x16, [x16, #offset]; br x16. Calls may change x16 (IP0).
  const pages = Math.floor(cell / 4096) - Math.floor(address / 4096);
  const low = pages & 3;
  const high = (pages >> 2) & 0x7_ffff;
  view.setUint32(offset, (0x9000_0010 | (low << 29) | (high << 5)) >>> 0, true);
  view.setUint32(offset + 4, (0xf940_0210 | (((cell % 4096) / 8) << 10)) >>> 0, true);
  view.setUint32(offset + 8, 0xd61f_0200, true);
  view.setUint32(offset + 12, 0xd420_0000, true);
}
