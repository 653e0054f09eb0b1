// The part of the JavaScript interface of WebAssembly that Anneal uses, typed without the DOM library.
// https://webassembly.github.io/spec/js-api/

/** An exported or imported function; `i64` crosses as bigint. */
export type WasmFunction = (
  ...args: (number | bigint)[]
) => number | bigint | (number | bigint)[] | undefined;

/** The part of `WebAssembly.Memory` that we use. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Adds pages, which detaches `buffer`; returns the old size in pages. */
  grow(pages: number): number;
}

/** The part of `WebAssembly.Table` that we use, with functions as elements. */
export interface WasmTable {
  readonly length: number;
  get(index: number): WasmFunction | null;
  set(index: number, fn: WasmFunction | null): void;
  /** Adds empty elements; returns the old length. */
  grow(count: number): number;
}

/** A mutable global of type i32. */
export interface WasmGlobal {
  value: number;
}

/** A compiled module. */
export type WasmModule = object;

/** An instantiated module. Exports are checked where they are read. */
export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

/** An immutable global of a number type may be given as the number. */
export type WasmImportValue = WasmFunction | WasmMemory | WasmTable | WasmGlobal | number;

/** Import values by module name and field name. */
export type WasmImports = Record<string, Record<string, WasmImportValue>>;

/** The part of the host's `WebAssembly` object that we use; the layer has no ambient types. */
export interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
  readonly Memory: new (limits: {
    initial: number;
    maximum?: number;
    shared?: boolean;
  }) => WasmMemory;
  readonly Table: new (limits: {
    initial: number;
    maximum?: number;
    element: "anyfunc";
  }) => WasmTable;
  readonly Global: new (type: { value: "i32"; mutable: true }, value: number) => WasmGlobal;
  /** Raised where compiled code traps. */
  readonly RuntimeError: new (message?: string) => Error;
  readonly CompileError: new (message?: string) => Error;
  readonly LinkError: new (message?: string) => Error;
}

/** The host's WebAssembly; throws if it has none. */
export function hostWebAssembly(): WebAssemblyApi {
  const host = globalThis as { readonly WebAssembly?: WebAssemblyApi };
  if (host.WebAssembly === undefined) throw new Error("this JavaScript engine has no WebAssembly");
  return host.WebAssembly;
}
