// How native code calls a function that has no native code: the cell of its slot leads to a thunk, which loads the slot's
// number and jumps to one common stub. The stub stores the registers that arguments come in, whatever the signature is,
// and calls the host's one dispatcher, which knows it. Host functions can be called in the same way, by numbers of their own.
import { globalName, quoted } from "./names.ts";
import type { LlvmArchitecture } from "./target.ts";

/**
 * `stub`: what thunks jump to. `registers`: what it stores the registers in. `dispatcher`: a pointer to
 * `void (i32 number, i32 program)`. `program`: the i32 that it gets.
 */
export const stubNames = {
  stub: "anneal:call-slot",
  registers: "anneal:registers",
  dispatcher: "anneal:dispatcher",
  program: "anneal:program",
} as const;

const dispatch = "dispatch";

/** Architectures with a stub. */
export type StubArchitecture = Extract<LlvmArchitecture, "x86_64" | "aarch64">;

/** Where the stub leaves what it was called with: byte offsets in the memory `anneal:registers`. */
export interface RegisterLayout {
  /** How many registers hold integers and floats; they stand behind each other, in 8 bytes each. */
  readonly integers: number;
  readonly floats: number;
  readonly floatsAt: number;
  /** The address of the arguments on the stack, in 8 bytes each. */
  readonly stackAt: number;
  readonly size: number;
}

/** The System V ABI of x86-64 and the AAPCS64. The first integer and float register also take the result. */
export const registerLayouts: Readonly<Record<StubArchitecture, RegisterLayout>> = {
  x86_64: { integers: 6, floats: 8, floatsAt: 48, stackAt: 112, size: 128 },
  aarch64: { integers: 8, floats: 8, floatsAt: 64, stackAt: 128, size: 144 },
};

/** Bytes of a thunk. */
export const thunkSize = 16;

/** The machine code of a thunk at `address` that jumps to the stub with the number of a slot. */
export function encodeThunk(
  architecture: StubArchitecture,
  {
    slot,
    address,
    stub,
  }: { readonly slot: number; readonly address: number; readonly stub: number },
): Uint8Array {
  const view = new DataView(new ArrayBuffer(thunkSize));
  if (architecture === "x86_64") {
    // mov eax, slot; jmp stub
    view.setUint8(0, 0xb8);
    view.setUint32(1, slot, true);
    view.setUint8(5, 0xe9);
    view.setInt32(6, stub - (address + 10), true);
    return new Uint8Array(view.buffer);
  }
  // movz w16, slot & 0xffff; movk w16, slot >> 16, lsl 16; b stub
  view.setUint32(0, 0x5280_0010 | ((slot & 0xffff) << 5), true);
  view.setUint32(4, 0x72a0_0010 | ((slot >>> 16) << 5), true);
  view.setUint32(8, 0x1400_0000 | (((stub - (address + 8)) >> 2) & 0x03ff_ffff), true);
  return new Uint8Array(view.buffer);
}

/** The stub as IR: it keeps the chain of frame pointers, and hands on what the host has left as the result. */
export function printSlotStub(architecture: StubArchitecture): string[] {
  const { size } = registerLayouts[architecture];
  const lines = [
    `${globalName(stubNames.registers)} = global [${size} x i8] zeroinitializer, align 16`,
    `${globalName(stubNames.dispatcher)} = global ptr null`,
    `${globalName(stubNames.program)} = global i32 0`,
    // Only the assembly names them, so LLVM must be told.
    `@llvm.compiler.used = appending global [2 x ptr] [ptr ${globalName(stubNames.registers)}, ptr @${dispatch}], section "llvm.metadata"`,
    dispatchFunction(),
  ];
  const name = `"${stubNames.stub}"`;
  const assembly = [
    ".text",
    ".p2align 4",
    `.globl ${name}`,
    `.type ${name},@function`,
    `${name}:`,
    ...bodies[architecture],
    `.size ${name}, .-${name}`,
  ];
  return [...lines, ...assembly.map((line) => `module asm ${quoted(line)}`)];
}

/** Calls the dispatcher and leaves compiled code if that has failed. */
const dispatchFunction = (): string => `
define hidden void @${dispatch}(i32 %number) #0 {
  %fn = load ptr, ptr ${globalName(stubNames.dispatcher)}
  %program = load i32, ptr ${globalName(stubNames.program)}
  call void %fn(i32 %number, i32 %program)
  call void @checkpending()
  ret void
}`;

const memory = `"${stubNames.registers}"`;

const x86Integers = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"];

const bodies: Readonly<Record<StubArchitecture, readonly string[]>> = {
  x86_64: [
    "pushq %rbp",
    "movq %rsp, %rbp",
    `leaq ${memory}(%rip), %r10`,
    ...x86Integers.map((name, i) => `movq %${name}, ${8 * i}(%r10)`),
    ...Array.from({ length: 8 }, (_, i) => `movsd %xmm${i}, ${48 + 8 * i}(%r10)`),
    "leaq 16(%rbp), %r11",
    "movq %r11, 112(%r10)",
    "movl %eax, %edi",
    `callq ${dispatch}`,
    `leaq ${memory}(%rip), %r10`,
    "movq 0(%r10), %rax",
    "movsd 48(%r10), %xmm0",
    "popq %rbp",
    "retq",
  ],
  aarch64: [
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    `adrp x9, ${memory}`,
    `add x9, x9, :lo12:${memory}`,
    ...[0, 2, 4, 6].map((i) => `stp x${i}, x${i + 1}, [x9, #${8 * i}]`),
    ...[0, 2, 4, 6].map((i) => `stp d${i}, d${i + 1}, [x9, #${64 + 8 * i}]`),
    "add x10, x29, #16",
    "str x10, [x9, #128]",
    "mov w0, w16",
    `bl ${dispatch}`,
    `adrp x9, ${memory}`,
    `add x9, x9, :lo12:${memory}`,
    "ldr x0, [x9]",
    "ldr d0, [x9, #64]",
    "ldp x29, x30, [sp], #16",
    "ret",
  ],
};
