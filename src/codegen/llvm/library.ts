// What the back end needs of libLLVM. Another layer gives it, so that this one needs no foreign functions. Contexts,
// modules and machines hold memory outside of JavaScript's heap until they are disposed of.
import type { LlvmModuleParts, LlvmSeparation, LlvmUnit } from "./parts.ts";

/** How hard LLVM works: the pass pipeline `default<On>` and the level of code generation. */
export type LlvmLevel = 0 | 1 | 2 | 3;

/** A mistake in what LLVM was given, or something that it cannot do; the message is LLVM's. */
export class LlvmError extends Error {
  override readonly name = "LlvmError";
}

/** What code is generated for. */
export interface LlvmMachineOptions {
  readonly triple: string;
  /** A name that LLVM knows, as `x86-64-v3` or `znver4`; empty for the least of the architecture. */
  readonly cpu: string;
  /** `+name` or `-name`, separated by commas. */
  readonly features: string;
  readonly level: LlvmLevel;
  /** Position-independent code, or code for fixed addresses. */
  readonly relocation: "pic" | "static";
}

/** A target machine; may be used for any number of modules, one after the other. */
export interface LlvmMachine {
  readonly options: LlvmMachineOptions;
  /** LLVM's description of sizes and alignments. */
  readonly dataLayout: string;
  dispose(): void;
}

/** What the pass pipeline may do. */
export interface LlvmPassOptions {
  /** As `opt -passes=`: `default<O2>`, `globaldce,function(instcombine)`. */
  readonly pipeline: string;
  /** Loops and straight-line code to SIMD. Default true. */
  readonly vectorise?: boolean;
  /** Check the module after each pass. For tests. */
  readonly verifyEach?: boolean;
}

/** A module in memory. */
export interface LlvmModule {
  /** What is wrong with the module, or undefined. */
  verify(): string | undefined;
  /** Runs a pass pipeline. Throws `LlvmError` for an unknown pass. */
  runPasses(machine: LlvmMachine, options: LlvmPassOptions): void;
  /** Generates code, which leaves the module unfit for anything but disposal. */
  emitObject(machine: LlvmMachine): Uint8Array;
  /** The same as assembly text. */
  emitAssembly(machine: LlvmMachine): string;
  /** The module as text. */
  print(): string;
  writeBitcode(): Uint8Array;
  /**
   * Gives every call that was inlined a location without an inline chain, so that a line alone says where it comes from.
   * `numberOf` answers with the line for a chain of lines, innermost first; it is asked once for each chain.
   */
  flattenLocations(numberOf: (lines: readonly number[]) => number): void;
  /** Adds constant bytes in a section of their own, whose name starts with a dot. */
  addSection(name: string, bytes: Uint8Array): void;
  /**
   * Makes a module that others made fit to be taken apart: each definition has a name that the program can see, nothing keeps
   * it from being optimised for the machine at hand, debug information is gone. Throws `LlvmError` for what cannot be
   * taken apart.
   */
  separate(separation: LlvmSeparation): LlvmModuleParts;
  /** Leaves a separated module's variables; functions become references. */
  keepVariables(): void;
  dispose(): void;
}

/** What modules live in; disposal disposes of nothing else, so modules go first. */
export interface LlvmContext {
  /** Reads textual IR. Throws `LlvmError` with line and column. */
  parseIr(text: string, name: string): LlvmModule;
  /** Reads bitcode. Throws `LlvmError`. Bitcode is trusted: LLVM's reader is not made for hostile bytes. */
  readBitcode(bytes: Uint8Array, name: string): LlvmModule;
  /**
   * Reads a unit of the functions of a module that was separated, without the code that is left out. Other functions and all
   * variables become references, but what is known of them stays known.
   */
  readUnit(bytes: Uint8Array, name: string, unit: LlvmUnit): LlvmModule;
  dispose(): void;
}

/** The processor that runs this program. */
export interface LlvmHost {
  readonly triple: string;
  readonly cpu: string;
  readonly features: string;
}

/** A loaded libLLVM. */
export interface LlvmLibrary {
  readonly path: string;
  readonly version: readonly [major: number, minor: number, patch: number];
  readonly host: LlvmHost;
  createContext(): LlvmContext;
  /** Throws `LlvmError` for a triple that this libLLVM has no back end for. */
  createMachine(options: LlvmMachineOptions): LlvmMachine;
}
