// What a wasm object holds, as its reader gives it.
import type { Dylink } from "./dylink.ts";
import type { LineTable } from "./lines.ts";

/** The types of values that our objects use. */
export type ValueType = "i32" | "i64" | "f32" | "f64";

/** The types that a wasm function takes and gives. */
export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** Least and greatest size, in pages or elements; null is no bound. */
export interface Limits {
  readonly minimum: number;
  readonly maximum: number | null;
}

interface ImportName {
  readonly module: string;
  readonly field: string;
}

/** One import of a module, with its type. */
export type WasmImport = ImportName &
  (
    | { readonly kind: "function"; readonly type: FunctionType }
    | { readonly kind: "table"; readonly limits: Limits }
    | { readonly kind: "memory"; readonly limits: Limits; readonly shared: boolean }
    | { readonly kind: "global"; readonly type: ValueType; readonly mutable: boolean }
  );

/** What can be imported and exported. */
export type ExternalKind = WasmImport["kind"];

/** One export of a module. */
export interface WasmExport {
  readonly name: string;
  readonly kind: ExternalKind;
  /** In the index space of its kind, imports first. */
  readonly index: number;
}

/** A section's content, without its id and size; for a custom section without its name. */
export interface WasmSection {
  readonly id: number;
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A function body, from its local declarations on. */
export interface FunctionBody {
  readonly start: number;
  readonly end: number;
}

/** A data segment: where its bytes are in the module, and whether it places itself. */
export interface DataSegment {
  readonly active: boolean;
  readonly start: number;
  readonly size: number;
}

/** A function that the object calls through its slot, with the signature that it calls it by. */
export interface SlotUse {
  readonly symbol: string;
  readonly type: FunctionType;
}

/** Content of `anneal.abi`. */
export interface AbiSection {
  readonly hash: string;
  readonly slots: readonly SlotUse[];
}

/** The names that stack traces show; functions by index, imports first. */
export interface NameSection {
  readonly module: string | null;
  readonly functions: ReadonlyMap<number, string>;
}

/** A parsed object. Offsets are into `bytes`, which is not copied. */
export interface WasmObject {
  readonly bytes: Uint8Array;
  readonly sections: readonly WasmSection[];
  readonly types: readonly FunctionType[];
  readonly imports: readonly WasmImport[];
  /** Types of all functions, imported ones first. */
  readonly functions: readonly FunctionType[];
  readonly importedFunctions: number;
  readonly exports: readonly WasmExport[];
  readonly hasStart: boolean;
  readonly bodies: readonly FunctionBody[];
  readonly data: readonly DataSegment[];
  readonly dylink: Dylink | null;
  readonly names: NameSection | null;
  readonly lines: LineTable | null;
  readonly abi: AbiSection | null;
}

export const wasmMagic = 0x6d736100;
export const wasmVersion = 1;

/** Ids of the sections in the binary format. */
export const sectionIds = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  datacount: 12,
} as const;

/** Names of the custom sections that we write and read. */
export const customSections = {
  dylink: "dylink.0",
  name: "name",
  lines: "anneal.lines",
  abi: "anneal.abi",
} as const;

/** The byte of each value type in the binary format. */
export const typeBytes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
};

/** `(i32, i64) -> f64`, as MIR prints signatures. */
export function formatSignature(type: FunctionType): string {
  const results = type.results.length === 0 ? "" : ` -> ${type.results.join(", ")}`;
  return `(${type.params.join(", ")})${results}`;
}

/** The function of the program that calls functions of a type by their slot, for objects that do not import the table. */
export function slotCallName(type: FunctionType): string {
  return `anneal:call ${formatSignature(type)}`;
}

/** Whether both take and give the same types. */
export function sameSignature(left: FunctionType, right: FunctionType): boolean {
  return (
    left.params.length === right.params.length &&
    left.results.length === right.results.length &&
    left.params.every((type, i) => type === right.params[i]) &&
    left.results.every((type, i) => type === right.results[i])
  );
}

/** By index in the index space of a kind: `module.field` of the imports, without `env.`. */
export function wasmImportNames(object: WasmObject, kind: ExternalKind): string[] {
  return object.imports
    .filter((item) => item.kind === kind)
    .map((item) => (item.module === "env" ? item.field : `${item.module}.${item.field}`));
}
