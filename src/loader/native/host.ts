// The process that runs native code, as the engine needs it; a host layer implements it.
import type { NativeMemory } from "./memory.ts";
import type { ProcessSymbols } from "./symbols.ts";

/** A function of the machine; 64-bit integers come back as numbers if they are safe, else as bigints. */
export type NativeCallable = (...args: readonly unknown[]) => unknown;

/** A function for native code. It cannot be called from further out than where it was made. */
export interface NativeCallback {
  readonly address: number;
  /** Native code must not have it any more. */
  release(): void;
}

/**
 * The one function by which compiled code calls JavaScript: `void (int32_t number, int32_t program)`. There is one because what
 * koffi registers while native code is running cannot be called from further out.
 */
export interface NativeDispatcher {
  readonly address: number;
  /** Sends the calls of a program to a function that must not throw; the result is the program's number. */
  add(receive: (number: number) => void): number;
  /** Native code of the program must not call any more. */
  remove(program: number): void;
}

/** Program counters of one thread, taken while it computes. */
export interface NativeSampling {
  /** How many were taken since the last call of `take`. */
  readonly waiting: number;
  /** They, or the newest of them if there are very many. */
  take(): number[];
  /** No more are taken. To be called on the thread that is sampled. */
  stop(): void;
}

/** A process that can run native code. */
export interface NativeHost {
  readonly kind: "host";
  /** What objects must be made for. */
  readonly machine: "x86_64" | "aarch64";
  readonly memory: NativeMemory;
  /** Names of the executable and of the libraries that it has loaded. */
  readonly process: ProcessSymbols;
  /** Loads a shared library for good, by its file; names of it and of what it needs. Throws the system's reason. */
  openLibrary(file: string): ProcessSymbols;
  /** Bytes of stack that a call from JavaScript has, less what calls of the system's libraries may need. */
  readonly stackBytes: number;
  /**
   * The function at an address as a JavaScript function, by the names of its types in C. Nothing checks that the types
   * are right, or that code is there.
   */
  callable(address: number, result: string, parameters: readonly string[]): NativeCallable;
  /**
   * A JavaScript function as one that native code can call, on the thread that made it, by the names of its types in C. It must
   * not throw: native frames are not unwound.
   */
  callback(
    call: (...args: never[]) => unknown,
    result: string,
    parameters: readonly string[],
  ): NativeCallback;
  /**
   * Samples the thread that calls, once for each `period` milliseconds that it computes, or at each tick of the system if that is
   * longer; null if the system cannot.
   */
  sample(period: number): NativeSampling | null;
  /** The way from compiled code of programs back to the engine. */
  readonly dispatcher: NativeDispatcher;
  /** A window on memory at an address; it must not be used when the memory has been returned. */
  view(address: number, size: number): Uint8Array;
  /** Where the bytes of an array stand; holds as long as its buffer lives. */
  addressOf(bytes: Uint8Array): number;
}
