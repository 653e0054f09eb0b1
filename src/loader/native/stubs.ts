// Stubs: jumps that reach any address, for branches whose target is too far away.
import type { ElfMachine } from "../../object/elf/index.ts";

/** Writes a jump to a target, of `stubSize` bytes. */
export function writeStub(
  machine: ElfMachine,
  view: DataView,
  { offset, target }: { readonly offset: number; readonly target: number },
): void {
  if (machine === "aarch64") {
    // ldr x16, #8; br x16. Calls may change x16 (IP0).
    view.setUint32(offset, 0x5800_0050, true);
    view.setUint32(offset + 4, 0xd61f_0200, true);
  } else {
    // jmp *2(%rip); two bytes of int3, so that the address is aligned.
    view.setUint32(offset, 0x0002_25ff, true);
    view.setUint32(offset + 4, 0xcccc_0000, true);
  }
  view.setUint32(offset + 8, target >>> 0, true);
  view.setUint32(offset + 12, Math.floor(target / 2 ** 32) >>> 0, true);
}
