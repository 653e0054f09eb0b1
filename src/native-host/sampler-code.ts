// The handler of the signal of `sampling.ts`.
import type { NativeHost } from "../loader/native/index.ts";

/**
 * The machine code of a signal handler, `void (int, siginfo_t *, ucontext_t *)` of Linux, that notes where the thread was: the value that
 * came with the signal is the address of a word that counts samples, and of `places` words behind it, a power of two, which take
 * the interrupted program counters in turn. It stands anywhere.
 */
export function encodeSampler(machine: NativeHost["machine"], places: number): Uint8Array {
  const mask = places - 1;
  if (machine === "x86_64") {
    const code = [
      [0x48, 0x8b, 0x46, 0x18], // mov rax, [rsi + 24]: si_value
      [0x48, 0x8b, 0x08], // mov rcx, [rax]
      [0x48, 0x8b, 0x92, 0xa8, 0, 0, 0], // mov rdx, [rdx + 168]: uc_mcontext.gregs[REG_RIP]
      [0x48, 0x89, 0xce], // mov rsi, rcx
      [0x81, 0xe6, mask & 0xff, mask >>> 8, 0, 0], // and esi, mask
      [0x48, 0x89, 0x54, 0xf0, 0x08], // mov [rax + 8 * rsi + 8], rdx
      [0x48, 0x83, 0xc1, 0x01], // add rcx, 1
      [0x48, 0x89, 0x08], // mov [rax], rcx
      [0xc3], // ret
    ];
    return Uint8Array.from(code.flat());
  }
  const ones = 31 - Math.clz32(places) - 1;
  return new Uint8Array(
    Uint32Array.of(
      0xf940_0c20, // ldr x0, [x1, 24]: si_value
      0xf940_0001, // ldr x1, [x0]
      0xf940_dc43, // ldr x3, [x2, 440]: uc_mcontext.pc
      0x9240_0022 | (ones << 10), // and x2, x1, mask
      0x9100_0442, // add x2, x2, 1
      0xf822_7803, // str x3, [x0, x2, lsl 3]
      0x9100_0421, // add x1, x1, 1
      0xf900_0001, // str x1, [x0]
      0xd65f_03c0, // ret
    ).buffer,
  );
}
