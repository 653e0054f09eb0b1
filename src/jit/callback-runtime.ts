// The native code between modules and the functions of JavaScript that they call, as LLVM's text. A call comes through a thunk
// of `codegen/llvm/slot-stub.ts` to `anneal:guard`, and that calls the host. If the function failed, the frames of native code are
// left at once: back to the innermost caller from JavaScript, which has come in through a `safe` function.
import {
  jumpBufferType,
  printSlotStub,
  runtimeAttributes,
  type LlvmFunctionPart,
} from "../codegen/llvm/index.ts";
import type { NativeMachine } from "../runtime/index.ts";
import { describeType } from "./types.ts";

/** Symbols of this runtime, beside those of the stub. */
export const callbackSymbols = {
  /** What the stub calls; the host's own dispatcher is in `host`. */
  guard: "anneal:guard",
  host: "anneal:callback-host",
  /** An i32: whether the last call by a `safe` function has ended by a failure of the host. */
  left: "anneal:left",
  /** The jump buffer of the innermost caller from JavaScript. */
  jump: "anneal:jump",
  /** Where the stack stood at the outermost caller from JavaScript. */
  top: "anneal:top",
  /** `void ()`: the calling thread is the one of the host. */
  attach: "anneal:attach-callbacks",
} as const;

const lost =
  "anneal: native code called a function of the program on another thread, or when nothing runs that could go on\\0A";

/** The text of the runtime. */
export function callbackRuntimeText(machine: NativeMachine): string {
  const { guard, host, left, jump, top, attach } = callbackSymbols;
  const bytes = lost.length - 2;
  return `
@"${left}" = global i32 0
@"${jump}" = global ptr null
@"${top}" = global ptr null
@"${host}" = global ptr null
@own = internal global i64 0
@lost = internal constant [${bytes} x i8] c"${lost}"
declare i64 @pthread_self()
declare i64 @write(i32, ptr, i64)
declare void @_exit(i32) noreturn
declare void @longjmp(ptr, i32) noreturn
define void @"${attach}"() {
  %self = call i64 @pthread_self()
  store i64 %self, ptr @own
  ret void
}
define void @"${guard}"(i32 %number, i32 %program) #0 {
  %self = call i64 @pthread_self()
  %own = load i64, ptr @own
  %here = icmp eq i64 %self, %own
  %buffer = load ptr, ptr @"${jump}"
  %caught = icmp ne ptr %buffer, null
  %good = and i1 %here, %caught
  br i1 %good, label %call, label %fail
call:
  %fn = load ptr, ptr @"${host}"
  call void %fn(i32 %number, i32 %program)
  ret void
fail:
  %written = call i64 @write(i32 2, ptr @lost, i64 ${bytes})
  call void @_exit(i32 1)
  unreachable
}
define internal void @hostfailed() noreturn #0 {
  %buffer = load ptr, ptr @"${jump}"
  call void @longjmp(ptr %buffer, i32 1)
  unreachable
}
${printSlotStub(machine).join("\n")}
${runtimeAttributes}
`;
}

/** A function's types as one text: functions with the same one are called in the same way. */
export function callShape({ result, parameters }: LlvmFunctionPart): string {
  return [result, ...parameters].map((each) => `${describeType(each)} ${each.extension}`).join();
}

/**
 * The text of a function `name` that calls a function of these types, its first argument. When native frames are left it
 * returns zero; the cell `left` tells that from a result.
 */
export function safeFunctionText(name: string, { result, parameters }: LlvmFunctionPart): string {
  const { jump, left, top } = callbackSymbols;
  const attribute = { sign: " signext", zero: " zeroext", none: "" };
  const type = describeType(result);
  const returned = `${attribute[result.extension].trim()} ${type}`.trim();
  const given = parameters
    .map((each, i) => `, ${describeType(each)}${attribute[each.extension]} %a${i}`)
    .join("");
  const isVoid = result.type.kind === "void";
  const zero = result.type.kind === "pointer" ? "null" : `zeroinitializer`;
  return `
@"${jump}" = external global ptr
@"${top}" = external global ptr
@"${left}" = external global i32
declare i32 @_setjmp(ptr) returns_twice
define ${returned} @"${name}"(ptr %fn${given}) nounwind noinline {
  %buffer = alloca ${jumpBufferType}
  %kept = alloca ptr
  %outer = load ptr, ptr @"${jump}"
  store volatile ptr %outer, ptr %kept
  store ptr %buffer, ptr @"${jump}"
  %outermost = icmp eq ptr %outer, null
  br i1 %outermost, label %note, label %start
note:
  store ptr %buffer, ptr @"${top}"
  br label %start
start:
  %why = call i32 @_setjmp(ptr %buffer) returns_twice
  %first = icmp eq i32 %why, 0
  br i1 %first, label %run, label %left
run:
  ${isVoid ? "" : "%result = "}call ${returned} %fn(${given.slice(2)})
  %after = load volatile ptr, ptr %kept
  store ptr %after, ptr @"${jump}"
  store i32 0, ptr @"${left}"
  ret ${isVoid ? "void" : `${type} %result`}
left:
  %back = load volatile ptr, ptr %kept
  store ptr %back, ptr @"${jump}"
  store i32 1, ptr @"${left}"
  ret ${isVoid ? "void" : `${type} ${zero}`}
}
`;
}
