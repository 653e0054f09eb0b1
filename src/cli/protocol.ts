// What the main thread and the program's thread say to each other.
import type { MessagePort } from "node:worker_threads";
import type { BackendChoice, Mode } from "../engine/index.ts";

export const emitKinds = ["hir", "mir", "wasm", "object"] as const;
export type EmitKind = (typeof emitKinds)[number];

/** The text of a program and the name that messages give it. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** What the program's thread must know about the terminal; it has no streams of its own. */
export interface Terminal {
  /** Standard output is a terminal: write it out line by line. */
  readonly interactive: boolean;
  /** Messages may carry colour. */
  readonly colour: boolean;
}

export interface RunSettings {
  readonly mode: Mode;
  readonly backend: BackendChoice;
  readonly threshold: number | undefined;
  readonly optLevel: 0 | 1 | 2 | 3 | undefined;
  /** Bytes. */
  readonly heapBudget: number | undefined;
  readonly collectAlways: boolean;
  readonly verbose: boolean;
  readonly stats: "none" | "table" | "json";
  /** Native modules whose functions the program may declare. */
  readonly link: readonly string[];
  /** Options for clang. */
  readonly clangFlags: readonly string[];
}

export interface CompileSettings {
  readonly emit: EmitKind;
  readonly optLevel: 0 | 1 | 2 | 3 | undefined;
  /** Only this function. */
  readonly function: string | undefined;
  /** File to write; standard output if undefined. */
  readonly output: string | undefined;
  readonly verbose: boolean;
}

interface JobBase {
  /** Folder of the package. */
  readonly root: string;
  readonly source: Source;
  /** Longest module in bytes. */
  readonly maxSource: number;
  readonly terminal: Terminal;
  /** Of this package, for the report of an internal error. */
  readonly version: string;
}

export interface RunJob extends JobBase {
  readonly kind: "run";
  readonly settings: RunSettings;
}

export interface CompileJob extends JobBase {
  readonly kind: "compile";
  readonly settings: CompileSettings;
}

export const testTiers = ["auto", "interpret", "jit", "all"] as const;
/** The tier in which specs run; `all`: in each, compared. */
export type TestTier = (typeof testTiers)[number];

export interface TestJob {
  readonly kind: "test";
  readonly root: string;
  readonly terminal: Terminal;
  readonly version: string;
  readonly maxSource: number;
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly tier: TestTier;
  readonly settings: RunSettings;
}

export interface ReplJob {
  readonly kind: "repl";
  readonly root: string;
  readonly terminal: Terminal;
  readonly version: string;
  readonly maxSource: number;
  readonly settings: RunSettings;
}

export interface LiveJob extends JobBase {
  readonly kind: "live";
  readonly settings: RunSettings;
  /** Requests come from here, replies go there: `live/messages.ts`. */
  readonly port: MessagePort;
  /** `sharedWords`. */
  readonly shared: SharedArrayBuffer;
}

/** Runs a module of native code. */
export interface ModuleJob {
  readonly kind: "module";
  readonly root: string;
  readonly terminal: Terminal;
  readonly version: string;
  /** C, C++, bitcode, `LLBC` or LLVM's text. */
  readonly file: string;
  /** The function to call; what the module starts with if undefined. */
  readonly call: string | undefined;
  readonly args: readonly string[];
  readonly settings: RunSettings;
}

/** Main thread to program's thread: the first message, and but for sessions the only one. */
export type Job = RunJob | CompileJob | TestJob | ReplJob | LiveJob | ModuleJob;

/** A piece of source or a command for the REPL. */
export interface PieceMessage {
  readonly text: string;
}

/** The REPL is done with a piece. */
export interface PieceResultMessage {
  readonly kind: "piece";
  readonly failed: boolean;
  /** What is declared, for completion. */
  readonly names: readonly string[];
}

/** Program's thread to main thread: the program is loaded; its memory holds the control word. */
export interface LoadedMessage {
  readonly kind: "loaded";
  readonly memory: SharedArrayBuffer;
}

export const exitCodes = {
  runtimeError: 1,
  usage: 2,
  /** A bug of ours (EX_SOFTWARE of sysexits). */
  internal: 70,
  interrupted: 130,
  /** Nobody reads our output: what a shell reports for SIGPIPE. */
  brokenPipe: 141,
  terminated: 143,
} as const;
