// x86-64: accesses through the table of addresses become direct ones where the target is near, as the psABI allows it
// for GOTPCRELX relocations.
import type { Image } from "./apply.ts";

const move = 0x8b;
const loadAddress = 0x8d;
const indirect = 0xff;
const indirectCall = 0x15;
const indirectJump = 0x25;

/** A 32-bit field, the first byte of its section, and the distance from the field to the target less 4. */
export interface RelaxedField {
  readonly at: number;
  readonly first: number;
  readonly distance: number;
}

function fits(distance: number): boolean {
  return distance >= -(2 ** 31) && distance < 2 ** 31 - 1;
}

/** Rewrites the instruction around a field and stores the distance; false if it stays as it is. */
export function relax(image: Image, { at, first, distance }: RelaxedField): boolean {
  if (at - first < 2 || !fits(distance)) return false;
  const { bytes, view } = image;
  const opcode = bytes[at - 2];
  const operand = bytes[at - 1] ?? 0;
  if (opcode === move && (operand & 0xc7) === 5) {
    bytes[at - 2] = loadAddress;
    view.setInt32(at, distance, true);
    return true;
  }
  if (opcode !== indirect) return false;
  if (operand === indirectCall) {
    // A prefix without effect keeps the length: addr32 call.
    bytes[at - 2] = 0x67;
    bytes[at - 1] = 0xe8;
    view.setInt32(at, distance, true);
    return true;
  }
  if (operand !== indirectJump) return false;
  // jmp has no prefix: the field moves up, and a nop follows.
  bytes[at - 2] = 0xe9;
  view.setInt32(at - 1, distance + 1, true);
  bytes[at + 3] = 0x90;
  return true;
}
