// The little native code that every program of modules has: where counters call when they have run out, and the
// machine's counter of cycles. On another thread than the program's a counter that has run out goes on below zero, until a
// call on the program's thread finds it so.
import { llvmPartNames } from "../codegen/llvm/index.ts";

/** Symbols of the runtime. */
export const runtimeSymbols = {
  /** A cell with the function of the host that takes the address of the counter that ran out. */
  hook: "anneal:hook",
  /** `void ()`: the calling thread is the one that the hook may be called on. */
  attach: "anneal:attach",
  /** `void ()`: runs what modules have left to run at the end, and writes what C's streams hold. */
  finish: "anneal:finish",
  /** `void ()`: writes what C's standard output holds. */
  flush: "anneal:flush",
  /** `i64 ()`: cycles, or on aarch64 ticks of the system's counter. */
  cycles: "anneal:cycles",
} as const;

/**
 * The text of the runtime. User programs cannot read the cycle counter of aarch64. `atexit` is in no shared library; the C
 * library's `exit` would run what Node has left to run at the end, on the wrong thread.
 */
export function runtimeText(machine: "x86_64" | "aarch64"): string {
  const counter = machine === "x86_64" ? "readcyclecounter" : "readsteadycounter";
  return `
@"${runtimeSymbols.hook}" = global ptr null
@thread = internal global i64 0
@at_exit = internal global i64 0
@stdout = external global ptr
declare i64 @pthread_self()
declare i32 @__cxa_atexit(ptr, ptr, ptr)
declare void @__cxa_finalize(ptr)
declare i32 @fflush(ptr)
declare void @_exit(i32)
define i32 @atexit(ptr %call) {
  %failed = call i32 @__cxa_atexit(ptr %call, ptr null, ptr @at_exit)
  ret i32 %failed
}
define void @"${runtimeSymbols.finish}"() {
  call void @__cxa_finalize(ptr @at_exit)
  %failed = call i32 @fflush(ptr null)
  ret void
}
define void @"${runtimeSymbols.flush}"() {
  %stream = load ptr, ptr @stdout
  %failed = call i32 @fflush(ptr %stream)
  ret void
}
define void @exit(i32 %code) {
  call void @"${runtimeSymbols.finish}"()
  call void @_exit(i32 %code)
  ret void
}
declare i64 @llvm.${counter}()
define void @"${runtimeSymbols.attach}"() {
  %self = call i64 @pthread_self()
  store i64 %self, ptr @thread
  ret void
}
define i64 @"${runtimeSymbols.cycles}"() {
  %now = call i64 @llvm.${counter}()
  ret i64 %now
}
define preserve_mostcc void @"${llvmPartNames.hot}"(ptr %cell) {
  %self = call i64 @pthread_self()
  %own = load i64, ptr @thread
  %here = icmp eq i64 %self, %own
  br i1 %here, label %call, label %skip
call:
  %hook = load ptr, ptr @"${runtimeSymbols.hook}"
  call void %hook(ptr %cell)
  ret void
skip:
  ret void
}
`;
}
