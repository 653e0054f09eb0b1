// What an embedder gives to the engine and gets back from it.

import type { SourceFile } from "../base/index.ts";
import type { ModuleResolver } from "../compiler/index.ts";
import type { WasmMemory } from "../loader/index.ts";
import type { BackgroundCompiler } from "./background.ts";
import type { ExampleResult } from "./specs.ts";
import type { LoadedModule } from "./modules.ts";
import type { PauseFigures } from "./pauses.ts";
import type { NativeBackend, SampleFigures } from "./native/index.ts";
import type {
  FileHost,
  FunctionPointers,
  LinkedFunction,
  LinkedImport,
  LinkedSignature,
} from "../runtime/index.ts";
import type { HeapStats, LibraryLoader } from "./library.ts";

/** When functions are compiled: by counts, all beforehand, never, by sampled time. */
export type Mode = "auto" | "jit" | "interpret" | "hybrid";
/** Which code generator compiles; `auto` takes `llvm` where the machine has it, else `wasm`. */
export type BackendChoice = "auto" | Backend;
/** A code generator. */
export type Backend = "wasm" | "llvm";

/** One decision of the tier policy. */
export interface TierEvent {
  /** Milliseconds since the program was loaded. */
  readonly time: number;
  readonly function: string;
  readonly from: string;
  readonly to: string;
  /** Why: `10 calls`, `loop at line 3: 1000 iterations`, `mode jit`; or why not, with the same tier before and after. */
  readonly reason: string;
  /** Time from HIR to callable code in milliseconds; 0 if nothing was compiled. */
  readonly compileTime: number;
  /** Bytes of the code section of the object; 0 if nothing was compiled. */
  readonly codeBytes: number;
}

/** How an engine runs programs, and what it needs of its host. */
export interface EngineOptions {
  readonly mode?: Mode;
  /** Default `wasm`. */
  readonly backend?: BackendChoice;
  /** Told in one line what the user should know and is no error: that `auto` is not native code here. Default: written as `err`. */
  readonly onNotice?: (text: string) => void;
  /** Native code for this machine, for the backend `llvm`; called when it is first needed. Throws the reason if there is none. */
  readonly native?: () => NativeBackend;
  /** Calls of a function before it is compiled. Default 10. */
  readonly threshold?: number;
  /** Highest optimisation level, 0–3. Default 2. */
  readonly optLevel?: 0 | 1 | 2 | 3;
  /** Called for each decision of the tier policy. */
  readonly onTierEvent?: (event: TierEvent) => void;
  /** Called for each decision once the program itself has asked for that. */
  readonly onVerboseEvent?: (event: TierEvent) => void;
  /** The files that programs may read and write. Without it there are none. */
  readonly files?: FileHost;
  /** Finds the files of imported modules. Without it there are none. */
  readonly resolve?: ModuleResolver;
  /** Functions of native modules that programs may declare with `extern fn`. */
  readonly linked?: readonly LinkedFunction[];
  /** Functions of the program that native modules call by name; they are bound when it is loaded. Not for sessions. */
  readonly imports?: readonly LinkedImport[];
  /** Makes function pointers of the program's closures, for linked functions that take them. Not for sessions. */
  readonly functionPointers?: FunctionPointers;
  /** Bytes of native code's stack that linked functions under way have taken; default none. */
  readonly nativeStackInUse?: () => number;
  /** Called after each example of a spec. */
  readonly onExample?: (result: ExampleResult) => void;
  /** Called before the program sleeps: what it has printed should be seen by then. */
  readonly onSleep?: () => void;
  /** Receives the program's output. */
  readonly write: (stream: "out" | "err", text: string) => void;
  /**
   * Of a session: its functions may be replaced while they run, and this is called at the next safepoint after the bit
   * `controlAttention` of the control word was set. If the session is `open` it may evaluate pieces; then the program goes on.
   * If it is not, as a piece that declares something is under way, it is called again when that has ended.
   */
  readonly attend?: (open: boolean) => void;
  /** Receives the value of a piece of a session, in its display form. By default it is output, as a line. */
  readonly onValue?: (text: string) => void;
  /** Monotonic clock in nanoseconds and wall clock in microseconds since 1970. */
  readonly clock: { monotonicNanos(): bigint; unixMicros(): bigint };
  /** Makes the memory shared, so that another thread can set the control word. Default false. */
  readonly sharedMemory?: boolean;
  /** Compiles tier 2 on another thread. Needs `sharedMemory`. Called when it is first needed. */
  readonly background?: (program: {
    readonly file: SourceFile;
    readonly modules: readonly LoadedModule[];
    readonly memory: WasmMemory;
    /** What will be asked for first. */
    readonly backend: Backend;
    readonly linked: readonly LinkedSignature[];
  }) => BackgroundCompiler;
  /** Back-edges of an interpreted loop before it is compiled. Default 1000. */
  readonly loopThreshold?: number;
  /** Back-edges that a loop function may take before it returns to be entered anew, at first. For tests. Default 4096. */
  readonly loopFuel?: number;
  /** Calls and back-edges between two polls in tier 0. For tests. Default 10,000. */
  readonly pollInterval?: number;
  /** Check HIR, and MIR after lowering and after every pass: for tests. Default false. */
  readonly verify?: boolean;
  /** Bytes of the memory of a program that uses the heap, all parts of it. Default `defaultHeapBudget`. */
  readonly heapBudget?: number;
  /** Collect at every allocation: for tests. Default false. */
  readonly collectAlways?: boolean;
  /** The runtime library; needed by programs that use the heap. */
  readonly library?: LibraryLoader;
}

/** Figures of one function instance. */
export interface FunctionStats {
  readonly function: string;
  readonly tier: string;
  /** As far as they were counted: in tier 0, and through the slot in tier 1. */
  readonly calls: number;
  readonly compileTime: number;
  readonly codeBytes: number;
}

/** What a program did so far. Times are in milliseconds. */
export interface RunStats {
  readonly mode: Mode;
  readonly functions: readonly FunctionStats[];
  readonly compiles: number;
  readonly compileTime: number;
  readonly codeBytes: number;
  /** Milliseconds: front end, execution (with compilation), in all. */
  readonly frontendTime: number;
  readonly runTime: number;
  /** While it ran: how often and how long it stood still for its tiers. What compiles on the program's thread is in it. */
  readonly pauses: PauseFigures;
  /** Of native code in the top tier; null if none were taken. */
  readonly samples: SampleFigures | null;
  readonly events: readonly TierEvent[];
  /** Null if the program does not use the heap. */
  readonly heap: HeapStats | null;
}
