// The part of the native runtime that cannot be JavaScript, as textual LLVM IR: entering compiled code, leaving it at a
// trap with the return addresses of its frames, and calls of host functions that may fail. One object per program.
//
// Symbols, all of them data or C functions:
// - `anneal:enter`: `int (void *entry, void *memory, void *frame)` calls `enter:F`; 0, or why it did not come back: a
//   trap's number + 1, or what a host function has put into `anneal:pending`; `firstHostFailure` if the dispatcher has failed.
// - `anneal:call`, where there are calls of slots: an entry for functions that have none of their own; see `callPlaces`.
// - `anneal:stack`: of the size of a pointer; the bytes of stack that compiled code may use below an entry from outside.
// - `anneal:hosts`: pointers to the host functions in the order in which they were given.
// - `anneal:pending`: i32; a host function that fails sets it to something above `firstHostFailure` and returns.
// - `anneal:trace`: i32 count, then from byte 8 on the return addresses, innermost first.
// - `rt_trap` and every host function by its symbol.
// - Where there are calls of slots without native code, those of `slot-stub.ts`.
import type { Signature } from "../../ir/mir/index.ts";
import {
  callResultPlaces,
  firstHostFailure,
  isLibrarySymbol,
  mostStackedWords,
  mostTraceFrames,
  nativeStackLimitAddress,
  registerLayouts,
  runtimeNames,
  symbolNames,
  type NativeMachine,
} from "../../runtime/index.ts";
import { globalName, llvmType, quoted, resultType } from "./names.ts";
import { jumpBufferType, printSlotStub, runtimeAttributes } from "./slot-stub.ts";
import { pointerBits, tripleOf, type LlvmArchitecture } from "./target.ts";

/** Less than what libraries for foreign functions give to a call. */
const defaultStackBytes = 2 ** 20;

/** A host function that compiled code calls. */
export interface NativeHostFunction {
  readonly symbol: string;
  readonly signature: Signature;
}

/** The runtime's IR for an architecture with frames that can be walked; `slots` is for calls of slots without native code. */
export function printRuntimeModule(
  architecture: Exclude<LlvmArchitecture, "wasm32">,
  hosts: readonly NativeHostFunction[],
  slots = false,
): string {
  const bytes = pointerBits(architecture) / 8;
  const traceBytes = 8 + bytes * mostTraceFrames;
  if (slots && architecture === "i686") throw new Error("i686 has no stub for calls of slots");
  return [
    `source_filename = "anneal"`,
    `target triple = ${quoted(tripleOf(architecture))}`,
    `${globalName(runtimeNames.hosts)} = global [${hosts.length} x ptr] zeroinitializer`,
    `${globalName(runtimeNames.pending)} = global i32 0`,
    `${globalName(runtimeNames.trace)} = global [${traceBytes} x i8] zeroinitializer, align 8`,
    `${globalName(runtimeNames.stack)} = global i${8 * bytes} ${defaultStackBytes}`,
    // The innermost entry: its jump buffer and its frame.
    `@jump = internal global ptr null`,
    `@base = internal global ptr null`,
    "declare i32 @_setjmp(ptr) returns_twice",
    "declare void @longjmp(ptr, i32) noreturn",
    "declare ptr @llvm.frameaddress.p0(i32)",
    enterFunction(8 * bytes),
    leaveFunction(bytes),
    checkFunction(),
    ...hosts.map((host, index) => hostStub(host, index)),
    ...(slots && architecture !== "i686"
      ? [callFunction(architecture), failedFunction(), ...printSlotStub(architecture)]
      : []),
    runtimeAttributes,
    "",
  ].join("\n");
}

/**
 * Fills all registers that arguments come in, and words of the stack: a function takes what it has parameters for. An integer and a
 * float come back in the registers of a struct of the two.
 */
function callFunction(architecture: NativeMachine): string {
  const { integers, floats } = registerLayouts[architecture];
  const types = [
    ...Array.from({ length: integers }, () => "i64"),
    ...Array.from({ length: floats }, () => "double"),
    ...Array.from({ length: mostStackedWords }, () => "i64"),
  ];
  const place = (i: number): string => `getelementptr i8, ptr %frame, i32 ${8 * i}`;
  const loads = types.map((type, i) => [
    `  %p${i} = ${place(1 + i)}`,
    `  %a${i} = load ${type}, ptr %p${i}`,
  ]);
  const args = types.map((type, i) => `${type} %a${i}`).join(", ");
  const { integer, float } = callResultPlaces;
  return `
define void ${globalName(runtimeNames.call)}(ptr %memory, ptr %frame) #0 {
  %fn = load ptr, ptr %frame
${loads.flat().join("\n")}
  %both = call { i64, double } %fn(ptr swiftself %memory, ${args})
  %integer = extractvalue { i64, double } %both, 0
  %float = extractvalue { i64, double } %both, 1
  %integerat = ${place(integer)}
  %floatat = ${place(float)}
  store i64 %integer, ptr %integerat
  store double %float, ptr %floatat
  ret void
}`;
}

/** Volatile, because the second return of `_setjmp` must see what was there at the first. */
function enterFunction(bits: number): string {
  return `
define i32 ${globalName(runtimeNames.enter)}(ptr %entry, ptr %memory, ptr %frame) #0 {
  %buffer = alloca ${jumpBufferType}
  %outerjump = alloca ptr
  %outerbase = alloca ptr
  %oldjump = load ptr, ptr @jump
  %oldbase = load ptr, ptr @base
  store volatile ptr %oldjump, ptr %outerjump
  store volatile ptr %oldbase, ptr %outerbase
  %here = call ptr @llvm.frameaddress.p0(i32 0)
  store ptr %buffer, ptr @jump
  store ptr %here, ptr @base
  %isinner = icmp ne ptr %oldjump, null
  br i1 %isinner, label %start, label %limit
limit:
  %size = load i${bits}, ptr ${globalName(runtimeNames.stack)}
  %top = ptrtoint ptr %here to i${bits}
  %least = sub i${bits} %top, %size
  %word = getelementptr i8, ptr %memory, i32 ${nativeStackLimitAddress}
  store i${bits} %least, ptr %word
  br label %start
start:
  %why = call i32 @_setjmp(ptr %buffer) returns_twice
  %isfirst = icmp eq i32 %why, 0
  br i1 %isfirst, label %run, label %done
run:
  call void %entry(ptr %memory, ptr %frame)
  br label %done
done:
  %backjump = load volatile ptr, ptr %outerjump
  %backbase = load volatile ptr, ptr %outerbase
  store ptr %backjump, ptr @jump
  store ptr %backbase, ptr @base
  ret i32 %why
}

define void @rt_trap(i32 %code) #0 {
  %why = add i32 %code, 1
  call void @leave(i32 %why)
  unreachable
}`;
}

/** Records the frames up to that of the entry and goes back there. */
function leaveFunction(bytes: number): string {
  const trace = globalName(runtimeNames.trace);
  return `
define internal void @leave(i32 %why) noreturn #0 {
  %own = call ptr @llvm.frameaddress.p0(i32 0)
  %end = load ptr, ptr @base
  br label %walk
walk:
  %at = phi ptr [ %own, %0 ], [ %outer, %next ]
  %count = phi i32 [ 0, %0 ], [ %more, %next ]
  %isin = icmp ult ptr %at, %end
  %isfree = icmp ult i32 %count, ${mostTraceFrames}
  %goeson = and i1 %isin, %isfree
  br i1 %goeson, label %next, label %found
next:
  %place = getelementptr i8, ptr %at, i32 ${bytes}
  %address = load ptr, ptr %place
  %offset = mul i32 %count, ${bytes}
  %from = add i32 %offset, 8
  %cell = getelementptr i8, ptr ${trace}, i32 %from
  store ptr %address, ptr %cell
  %more = add i32 %count, 1
  %outer = load ptr, ptr %at
  br label %walk
found:
  store i32 %count, ptr ${trace}
  %buffer = load ptr, ptr @jump
  call void @longjmp(ptr %buffer, i32 %why)
  unreachable
}`;
}

/** Leaves compiled code if a host function has failed. */
const checkFunction = (): string => `
define internal void @checkpending() #0 {
  %why = load i32, ptr ${globalName(runtimeNames.pending)}
  %isgood = icmp eq i32 %why, 0
  br i1 %isgood, label %good, label %bad
good:
  ret void
bad:
  store i32 0, ptr ${globalName(runtimeNames.pending)}
  call void @leave(i32 %why)
  unreachable
}`;

/** Leaves compiled code after the dispatcher has failed. */
const failedFunction = (): string => `
define internal void @hostfailed() noreturn #0 {
  call void @leave(i32 ${firstHostFailure})
  unreachable
}`;

/** Calls a host function and leaves compiled code if that has failed. */
function hostStub(
  { symbol, signature: { params, results } }: NativeHostFunction,
  index: number,
): string {
  const result = resultType(results);
  // Functions of the runtime library are called as those of a program.
  const isCode = isLibrarySymbol(symbol);
  const name = globalName(isCode ? symbolNames.code(symbol) : symbol);
  const declared = params.map((type, i) => `${llvmType(type)} %a${i}`).join(", ");
  const parameters = [...(isCode ? ["ptr swiftself %m"] : []), declared].filter(Boolean).join(", ");
  const call = `call ${result} %fn(${declared})`;
  return `
define ${result} ${name}(${parameters}) #0 {
  %cell = getelementptr ptr, ptr ${globalName(runtimeNames.hosts)}, i32 ${index}
  %fn = load ptr, ptr %cell
  ${results.length === 0 ? call : `%result = ${call}`}
  call void @checkpending()
  ret ${results.length === 0 ? "void" : `${result} %result`}
}`;
}
