// What function bodies refer to outside themselves: index spaces of the object under construction.
import { hostFunction, isHostSymbol, type HostType } from "../../runtime/index.ts";
import {
  slotCallName,
  TypeTable,
  type FunctionType,
  type SlotUse,
  type ValueType,
  type WasmImport,
} from "../../object/index.ts";
import { isIndex } from "../../ir/mir/index.ts";
import type { Declaration, MirModule, Opcode, Signature } from "../../ir/mir/index.ts";
import type { EmitOptions } from "./emit.ts";
import { wasmType } from "./selection.ts";

/** Most pages that a memory of 32-bit addresses can have; a shared memory import must name a maximum. */
const mostPages = 65536;

/** An address as an immutable global and a constant added to it. */
export interface DataAddress {
  readonly global: number;
  readonly offset: number;
}

const hostTypes: Readonly<Record<HostType, readonly ValueType[]>> = {
  i32: ["i32"],
  u32: ["i32"],
  i64: ["i64"],
  u64: ["i64"],
  f32: ["f32"],
  f64: ["f64"],
  bool: ["i32"],
  unit: [],
  ref: ["i32"],
  any: ["i64"],
};

/** The wasm signature of a function of the host table. */
export function hostSignature(symbol: string): FunctionType {
  if (!isHostSymbol(symbol)) throw new Error(`no host function ${symbol}`);
  const { params, result } = hostFunction(symbol);
  return { params: params.flatMap((type) => hostTypes[type]), results: hostTypes[result] };
}

/** The wasm type of functions with a signature. */
export function functionType({ params, results }: Signature): FunctionType {
  return { params: params.map(wasmType), results: results.map(wasmType) };
}

/** Collects imports and types; what the bodies do not use does not appear. */
export class ModuleScope {
  readonly types = new TypeTable();
  readonly slots: SlotUse[] = [];
  readonly #module: MirModule;
  readonly #declarations = new Map<string, Declaration>();
  readonly #functions = new Map<string, number>();
  readonly #functionImports: WasmImport[] = [];
  readonly #hostIndices = new Map<string, number>();
  readonly #globalImports: WasmImport[] = [];
  readonly #globals = new Map<string, number>();
  readonly #dataOffsets = new Map<string, number>();
  readonly dataSize: number;
  readonly dataAlign: number;
  readonly #sharedMemory: boolean;
  #usesMemory: boolean;
  #usesTable = false;
  /** Imports that call slots, by their names; null if code calls them itself. */
  readonly #forwards: Map<string, number> | null;

  constructor(
    module: MirModule,
    {
      sharedMemory = false,
      forwardCalls = false,
    }: Pick<EmitOptions, "sharedMemory" | "forwardCalls">,
  ) {
    this.#module = module;
    this.#sharedMemory = sharedMemory;
    this.#forwards = forwardCalls ? new Map() : null;
    for (const declaration of module.declarations) {
      this.#declarations.set(declaration.symbol, declaration);
    }
    let size = 0;
    let align = 1;
    for (const item of module.data) {
      const step = Math.max(1, item.align);
      size = Math.ceil(size / step) * step;
      align = Math.max(align, step);
      this.#dataOffsets.set(item.symbol, size);
      size += item.bytes.length;
    }
    this.dataSize = size;
    this.dataAlign = align;
    this.#usesMemory = size > 0;
    this.#importHostFunctions();
    module.functions.forEach((fn, i) => {
      this.#functions.set(fn.symbol, this.#functionImports.length + i);
    });
    if (size > 0) this.memoryBase();
  }

  get imports(): WasmImport[] {
    const imports: WasmImport[] = [];
    const limits = { minimum: 0, maximum: null };
    if (this.#usesMemory) imports.push(this.#memoryImport());
    if (this.#usesTable) {
      const field = "__indirect_function_table";
      imports.push({ module: "env", field, kind: "table", limits });
    }
    return [...imports, ...this.#globalImports, ...this.#functionImports];
  }

  #memoryImport(): WasmImport {
    const limits = { minimum: 0, maximum: this.#sharedMemory ? mostPages : null };
    return { module: "env", field: "memory", kind: "memory", limits, shared: this.#sharedMemory };
  }

  get importedFunctions(): number {
    return this.#functionImports.length;
  }

  /** Offset of a data item of this module in the object's data. */
  dataOffset(symbol: string): number {
    return this.#dataOffsets.get(symbol) ?? 0;
  }

  memoryBase(): number {
    return this.#global("env", "__memory_base");
  }

  useMemory(): void {
    this.#usesMemory = true;
  }

  /** Index of a function of this module. */
  functionIndex(symbol: string): number {
    const index = this.#functions.get(symbol);
    if (index === undefined) throw new Error(`call to ${symbol}, which the module does not define`);
    return index;
  }

  hostIndex(symbol: string): number {
    const index = this.#hostIndices.get(symbol);
    if (index === undefined) throw new Error(`host function ${symbol} was not collected`);
    return index;
  }

  /** The global that holds the slot of a declared function, and the type to call it by. */
  slot(symbol: string): { readonly global: number; readonly type: number } {
    const type = functionType(this.signature(symbol));
    this.#usesTable ||= this.#forwards === null;
    const known = this.#globals.has(`GOT.func ${symbol}`);
    if (!known) this.slots.push({ symbol, type });
    return { global: this.#global("GOT.func", symbol), type: this.types.index(type) };
  }

  /** The type to call a function by its number with. */
  tableCall(symbol: string): number {
    this.#usesTable ||= this.#forwards === null;
    return this.types.index(functionType(this.signature(symbol)));
  }

  /** The function that takes the function's arguments and its slot; undefined if code calls slots itself. */
  forward(symbol: string): number | undefined {
    return this.#forwards?.get(slotCallName(functionType(this.signature(symbol))));
  }

  dataAddress(symbol: string): DataAddress {
    const offset = this.#dataOffsets.get(symbol);
    if (offset !== undefined) return { global: this.memoryBase(), offset };
    return { global: this.#global("GOT.mem", symbol), offset: 0 };
  }

  /** Signature of a declared function or one of this module. */
  signature(symbol: string): Signature {
    const declared = this.#declarations.get(symbol)?.signature;
    if (declared !== undefined) return declared;
    const own = this.#module.functions[this.functionIndex(symbol) - this.importedFunctions];
    if (own === undefined) throw new Error(`no signature of ${symbol}`);
    return own.signature;
  }

  #global(module: string, field: string): number {
    const key = `${module} ${field}`;
    const known = this.#globals.get(key);
    if (known !== undefined) return known;
    const index = this.#globalImports.length;
    this.#globals.set(key, index);
    this.#globalImports.push({ module, field, kind: "global", type: "i32", mutable: false });
    return index;
  }

  /** Function imports come before all other functions, so they must be known before the first body. */
  #importHostFunctions(): void {
    for (const fn of this.#module.functions) {
      for (const block of fn.blocks) {
        for (const inst of block.insts) {
          const symbol = calledHost(inst.op, inst.imm);
          if (symbol !== null && !this.#hostIndices.has(symbol)) this.#importHost(symbol);
          if (inst.op === "call_slot" || inst.op === "call_table") this.#importForward(inst.imm);
        }
      }
    }
  }

  #importForward(symbol: unknown): void {
    const signature =
      this.#declarations.get(String(symbol))?.signature ??
      this.#module.functions.find((fn) => fn.symbol === symbol)?.signature;
    if (this.#forwards === null || signature === undefined) return;
    const called = functionType(signature);
    const field = slotCallName(called);
    if (this.#forwards.has(field)) return;
    this.#forwards.set(field, this.#functionImports.length);
    const type = { params: [...called.params, "i32" as const], results: called.results };
    this.#functionImports.push({ module: "env", field, kind: "function", type });
  }

  #importHost(symbol: string): void {
    const declared = this.#declarations.get(symbol)?.signature;
    const type = declared === undefined ? hostSignature(symbol) : functionType(declared);
    this.#hostIndices.set(symbol, this.#functionImports.length);
    this.#functionImports.push({ module: "env", field: symbol, kind: "function", type });
  }
}

function calledHost(op: Opcode, imm: unknown): string | null {
  if (op === "trap") return "rt_trap";
  if (isIndex(op)) return "rt_index_error";
  const callsHost = op === "call_host" || op === "call_read" || op === "call_pure";
  if (callsHost && typeof imm === "string") return imm;
  return null;
}
