// How native code calls a function that has no native code: the cell of its slot leads to a thunk, which loads the slot's
// number and jumps to one common stub. The stub stores the registers that arguments come in, whatever the signature is,
// and calls the host's one dispatcher, which knows it. Host functions can be called in the same way, by numbers of their own.
import { registerLayouts, stubNames, type NativeMachine } from "../../runtime/index.ts";
import { globalName, quoted } from "./names.ts";

const dispatch = "dispatch";

/**
 * The attributes of functions that native code is entered and left by, as group 0: their frames can be walked. A module with the
 * stub has them, and defines `void @hostfailed() noreturn`, which leaves native code when a call of the host has failed.
 */
export const runtimeAttributes =
  'attributes #0 = { nounwind noinline "disable-tail-calls"="true" "frame-pointer"="all" }';

/** A jump buffer: those of the C libraries of our machines have 156 to 312 bytes. */
export const jumpBufferType = "[512 x i8], align 16";

/** The stub as IR: it keeps the chain of frame pointers, and hands on what the host has left as the result. */
export function printSlotStub(architecture: NativeMachine): string[] {
  const { size } = registerLayouts[architecture];
  const lines = [
    `${globalName(stubNames.registers)} = global [${size} x i8] zeroinitializer, align 16`,
    `${globalName(stubNames.dispatcher)} = global ptr null`,
    `${globalName(stubNames.program)} = global i32 0`,
    `${globalName(stubNames.returned)} = global i32 0`,
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

/** Calls the dispatcher and leaves compiled code if that has failed. `returned` is 0 whenever the host runs. */
const dispatchFunction = (): string => `
define hidden void @${dispatch}(i32 %number) #0 {
  %fn = load ptr, ptr ${globalName(stubNames.dispatcher)}
  %program = load i32, ptr ${globalName(stubNames.program)}
  call void %fn(i32 %number, i32 %program)
  %returned = load i32, ptr ${globalName(stubNames.returned)}
  store i32 0, ptr ${globalName(stubNames.returned)}
  %good = icmp ne i32 %returned, 0
  br i1 %good, label %back, label %leave
back:
  ret void
leave:
  call void @hostfailed()
  unreachable
}`;

const memory = `"${stubNames.registers}"`;

const x86Integers = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"];

const bodies: Readonly<Record<NativeMachine, readonly string[]>> = {
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
