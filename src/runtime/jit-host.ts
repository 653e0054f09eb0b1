// What programs may ask of the engine and of the host around it: execution managers, the back end, files.
import { ProgramError } from "./errors.ts";
import { canonicalInt, type IntValue } from "./int.ts";
import { loadI64, type MemoryViews } from "./memory.ts";
import type { ObjectDisplay } from "./object-display.ts";
import type { ObjectHeap } from "./object-heap.ts";
import { arrayLayout, bufferLayout } from "./object-layout.ts";

/** Compiles MIR for programs, and tells and changes how the engine compiles them. Errors are texts, "" if there is none. */
export interface JitHost {
  /** A manager for a back end by its name, which need not be one that this host has; its handle. */
  create(backend: string): number;
  /** Compiles a module in the text form of MIR; why it could not. */
  compile(handle: number, mir: string): string;
  hasFunction(handle: number, name: string): boolean;
  /** Runs a compiled function; 0 after an error. */
  execute(handle: number, name: string, args: readonly IntValue[]): bigint;
  /** Why the last call of `execute` failed. */
  error(handle: number): string;
  backendName(handle: number): string;
  cleanup(handle: number): void;
  /** False, and nothing changes, if this host does not have the back end. */
  setBackend(name: string): boolean;
  getBackend(): string;
  /** Mode by its name in `JitMode`, calls before a function is compiled, a line for each decision. */
  configure(mode: string, threshold: number, verbose: boolean): void;
}

/** The files of the host. */
export interface FileHost {
  /** The text of a file; throws with a message for the program if that cannot be read. */
  readText(path: string): string;
  /** Whether it was written. */
  writeText(path: string, text: string): boolean;
}

export interface JitHostOptions {
  readonly jit: JitHost | undefined;
  readonly files: FileHost | undefined;
  readonly memory: MemoryViews;
  readonly display: ObjectDisplay;
  readonly heap: () => ObjectHeap;
}

/** The host functions: with the same values in both worlds, with a bool as their result, with an i64. */
export function jitFunctions({ jit, files, memory, display, heap }: JitHostOptions) {
  const engine = (): JitHost => {
    if (jit === undefined) throw new ProgramError("fail", "this host runs no execution managers");
    return jit;
  };
  const disk = (): FileHost => {
    if (files === undefined) throw new ProgramError("fail", "this host has no files");
    return files;
  };
  const text = (address: number): string => display.ref(address >>> 0);
  const made = (value: string): number => heap().newText(value);
  const shared = {
    rt_file_read_text: (path: number): number => made(disk().readText(text(path))),
    rt_exec_manager_compile: (handle: IntValue, mir: number): number =>
      made(engine().compile(Number(handle), text(mir))),
    rt_exec_manager_error: (handle: IntValue): number => made(engine().error(Number(handle))),
    rt_exec_manager_backend_name: (handle: IntValue): number =>
      made(engine().backendName(Number(handle))),
    rt_exec_manager_cleanup: (handle: IntValue): undefined => {
      engine().cleanup(Number(handle));
    },
    rt_get_jit_backend: (): number => made(engine().getBackend()),
    rt_jit_configure: (
      mode: number,
      threshold: IntValue,
      verbose: IntValue | boolean,
    ): undefined => {
      engine().configure(text(mode), Number(threshold), Boolean(verbose));
    },
  };
  const tests = {
    rt_file_write_text: (path: number, content: number): boolean =>
      disk().writeText(text(path), text(content)),
    rt_exec_manager_has_function: (handle: IntValue, name: number): boolean =>
      engine().hasFunction(Number(handle), text(name)),
    rt_set_jit_backend: (name: number): boolean => engine().setBackend(text(name)),
  };
  const wide = {
    rt_exec_manager_create: (backend: number): bigint => BigInt(engine().create(text(backend))),
    rt_exec_manager_execute: (handle: IntValue, name: number, args: number): bigint =>
      engine().execute(Number(handle), text(name), integers(memory, args >>> 0)),
  };
  return { shared, tests, wide };
}

type JitFunctions = ReturnType<typeof jitFunctions>;

/** The functions as compiled code imports them. */
export function wasmManagers({ shared, tests, wide }: JitFunctions) {
  return {
    ...shared,
    ...wide,
    rt_file_write_text: (path: number, content: number) =>
      Number(tests.rt_file_write_text(path, content)),
    rt_exec_manager_has_function: (handle: IntValue, name: number) =>
      Number(tests.rt_exec_manager_has_function(handle, name)),
    rt_set_jit_backend: (name: number) => Number(tests.rt_set_jit_backend(name)),
  };
}

/** The functions as tier 0 calls them. */
export function tierZeroManagers({ shared, tests, wide }: JitFunctions) {
  return {
    ...shared,
    ...tests,
    rt_exec_manager_create: (backend: number): IntValue =>
      canonicalInt(wide.rt_exec_manager_create(backend)),
    rt_exec_manager_execute: (handle: IntValue, name: number, args: number): IntValue =>
      canonicalInt(wide.rt_exec_manager_execute(handle, name, args)),
  };
}

/** The elements of an `[i64]`. */
function integers(memory: MemoryViews, array: number): IntValue[] {
  memory.refresh();
  const length = (memory.i32[(array + arrayLayout.length) >>> 2] ?? 0) >>> 0;
  const buffer = (memory.i32[(array + arrayLayout.buffer) >>> 2] ?? 0) >>> 0;
  const start = buffer + bufferLayout.data;
  return Array.from({ length }, (_, index) => loadI64(memory, start + 8 * index));
}
