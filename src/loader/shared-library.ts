// Modules of C compilers that share the program's memory, as clang and wasm-ld make them (`-shared --experimental-pic`): the same
// convention as our own objects, with variables of their own, an address for each function and variable, and code to run first.
// https://github.com/WebAssembly/tool-conventions/blob/main/DynamicLinking.md
//
// Each name has one definition. What the program has already is what the module gets: its own weak functions give way, a second
// definition of anything else refuses it.
import {
  formatSignature,
  parseObject,
  sameSignature,
  withSharedMemory,
  type FunctionType,
  type WasmImport,
  type WasmObject,
} from "../object/index.ts";
import { LoadError, type LoadedFunction, type LoadEnvironment } from "./load.ts";
import {
  hostWebAssembly,
  type WasmFunction,
  type WasmGlobal,
  type WasmImports,
  type WasmImportValue,
} from "./webassembly.ts";

/** What a program gives to such modules, the same to all of them. */
export interface SharedEnvironment extends Omit<LoadEnvironment, "abiHash"> {
  /** Bytes of the stack of C code, which all modules share. */
  readonly stackBytes: number;
  /** What was made for earlier modules. */
  readonly shared: { stack?: WasmGlobal; readonly functionAddresses: Map<string, number> };
}

/** What a module has defined. */
export interface LoadedLibrary {
  readonly functions: readonly LoadedFunction[];
  /** Addresses of variables. */
  readonly variables: readonly { readonly name: string; readonly address: number }[];
}

const callConstructors = "__wasm_call_ctors";
const applyRelocations = "__wasm_apply_data_relocs";
/** Exports that are nothing for others. */
const ownNames: ReadonlySet<string> = new Set([callConstructors, applyRelocations, "__dso_handle"]);
const stackAlign = 16;

/** Loads a module. Throws `ObjectError` or `LoadError`, and nothing has changed then but memory that is lost. */
export function loadLibrary(
  bytes: Uint8Array,
  name: string,
  environment: SharedEnvironment,
): LoadedLibrary {
  const object = parseObject(bytes);
  const reasons = problemsOf(object, environment);
  if (reasons.length > 0) throw new LoadError(name, reasons.slice(0, mostReasons));
  return new Loading(object, name, environment).load();
}

const mostReasons = 50;

function problemsOf(object: WasmObject, { symbols }: SharedEnvironment): string[] {
  const { dylink, imports, exports, hasStart } = object;
  const reasons: string[] = [];
  if (dylink === null) reasons.push("no `dylink.0` section: link it with `wasm-ld -shared`");
  else if (dylink.needed.length > 0) reasons.push(`it needs ${dylink.needed.join(", ")}`);
  if (hasStart) reasons.push("it has a start function");
  if (exports.every((item) => ownNames.has(item.name)))
    reasons.push("it exports nothing: compile it with `-fPIC -fvisibility=default`");
  const weak = weakFunctions(object);
  for (const item of exports) {
    const known = ownNames.has(item.name) ? undefined : symbols.lookup(item.name);
    if (known === undefined || weak.has(item.name)) continue;
    reasons.push(`\`${item.name}\` is defined by ${known.origin} already`);
  }
  const own = new Set(exports.map((item) => item.name));
  for (const item of imports) {
    const reason = problemWith(item, own, symbols);
    if (reason !== null) reasons.push(reason);
  }
  return reasons;
}

/** A linker has modules import their own weak functions, so that another module's can take their place. */
function weakFunctions({ imports, exports }: WasmObject): ReadonlySet<string> {
  const imported = imports.filter(({ module, kind }) => module === "env" && kind === "function");
  const names = new Set(imported.map(({ field }) => field));
  return new Set(exports.map((item) => item.name).filter((name) => names.has(name)));
}

const provided: ReadonlyMap<string, WasmImport["kind"]> = new Map([
  ["memory", "memory"],
  ["__indirect_function_table", "table"],
  ["__memory_base", "global"],
  ["__table_base", "global"],
  ["__stack_pointer", "global"],
]);

function problemWith(
  item: WasmImport,
  own: ReadonlySet<string>,
  symbols: SharedEnvironment["symbols"],
): string | null {
  const { module, field, kind } = item;
  if (module === "env" && provided.get(field) === kind) return null;
  const isFunction = module === "env" && kind === "function";
  const isAddress = (module === "GOT.mem" || module === "GOT.func") && kind === "global";
  if (!isFunction && !isAddress) return `\`${module}.${field}\`: no such ${kind} to import`;
  const known = symbols.lookup(field);
  if (known === undefined) {
    if (own.has(field)) return null;
    const near = symbols.nearest(field).map((name) => `\`${name}\``);
    const hint = near.length === 0 ? "" : ` (defined: ${near.join(", ")})`;
    return `no symbol \`${field}\`${hint}`;
  }
  const wanted = module === "GOT.mem" ? "data" : "host";
  if (known.kind !== wanted) return `\`${field}\` of ${known.origin} is of another kind`;
  if (known.kind !== "host" || kind !== "function" || sameSignature(known.signature, item.type))
    return null;
  const [there, here] = [formatSignature(known.signature), formatSignature(item.type)];
  return `\`${field}\` is ${there} in ${known.origin}, the module takes it for ${here}`;
}

/** A module that fits. */
class Loading {
  readonly #object: WasmObject;
  readonly #name: string;
  readonly #env: SharedEnvironment;
  readonly #dataAddress: number;
  readonly #tableBase: number;
  #exports: Readonly<Record<string, unknown>> = {};
  /** Set when the module is there. */
  readonly #later: (() => void)[] = [];

  constructor(object: WasmObject, name: string, environment: SharedEnvironment) {
    this.#object = object;
    this.#name = name;
    this.#env = environment;
    const { memorySize = 0, memoryAlign = 0, tableSize = 0 } = object.dylink ?? {};
    this.#dataAddress =
      memorySize === 0 ? 0 : environment.allocateData(memorySize, 2 ** Math.min(memoryAlign, 4));
    this.#tableBase = tableSize === 0 ? 0 : environment.allocateTable(tableSize);
  }

  load(): LoadedLibrary {
    const { Module, Instance } = hostWebAssembly();
    const imports: WasmImports = {};
    for (const item of this.#object.imports)
      (imports[item.module] ??= {})[item.field] = this.#import(item);
    const isShared = isSharedBuffer(this.#env.memory.buffer);
    const { bytes } = this.#object;
    const module = new Module(isShared ? withSharedMemory(this.#object) : bytes);
    this.#exports = new Instance(module, imports).exports;
    for (const set of this.#later) set();
    for (const first of [applyRelocations, callConstructors]) this.#own(first)?.();
    return this.#defined();
  }

  #import(item: WasmImport): WasmImportValue {
    const { module, field } = item;
    const { memory, table, symbols } = this.#env;
    if (module === "env") {
      if (field === "memory") return memory;
      if (field === "__indirect_function_table") return table;
      if (field === "__memory_base") return this.#dataAddress;
      if (field === "__table_base") return this.#tableBase;
      if (field === "__stack_pointer") return this.#stack();
      const known = symbols.lookup(field);
      if (known?.kind === "host") return known.implementation;
      return (...args) => this.#own(field)?.(...args);
    }
    const known = symbols.lookup(field);
    if (known?.kind === "data") return newGlobal(known.address);
    const global = newGlobal(0);
    this.#later.push(() => {
      global.value = module === "GOT.mem" ? this.#addressOf(field) : this.#functionAddress(field);
    });
    return global;
  }

  #own(name: string): WasmFunction | undefined {
    const found = this.#exports[name];
    return typeof found === "function" ? (found as WasmFunction) : undefined;
  }

  /** Exported variables are constants: offsets in the module's data. */
  #addressOf(name: string): number {
    const found = this.#exports[name];
    const isGlobal = typeof found === "object" && found !== null && "value" in found;
    return this.#dataAddress + (isGlobal ? Number(found.value) : 0);
  }

  /** The one number of a function in the table. */
  #functionAddress(name: string): number {
    const { symbols, table, shared } = this.#env;
    const before = shared.functionAddresses.get(name);
    if (before !== undefined) return before;
    const known = symbols.lookup(name);
    const code = known?.kind === "host" ? known.implementation : this.#own(name);
    if (code === undefined) throw new LoadError(this.#name, [`\`${name}\` is not a function`]);
    const address = this.#env.allocateTable(1);
    table.set(address, code);
    shared.functionAddresses.set(name, address);
    return address;
  }

  #stack(): WasmGlobal {
    const { shared, stackBytes } = this.#env;
    // It grows downwards.
    shared.stack ??= newGlobal(this.#env.allocateData(stackBytes, stackAlign) + stackBytes);
    return shared.stack;
  }

  /** What it defines and the program does not have. */
  #defined(): LoadedLibrary {
    const { exports, functions } = this.#object;
    const { symbols } = this.#env;
    const fresh = exports.filter(
      ({ name }) => !ownNames.has(name) && symbols.lookup(name) === undefined,
    );
    return {
      functions: fresh.flatMap(({ name, kind, index }) => {
        const signature: FunctionType | undefined = functions[index];
        const code = this.#own(name);
        if (kind !== "function" || signature === undefined || code === undefined) return [];
        return [{ symbol: name, signature, code }];
      }),
      variables: fresh
        .filter(({ kind }) => kind === "global")
        .map(({ name }) => ({ name, address: this.#addressOf(name) })),
    };
  }
}

function newGlobal(value: number): WasmGlobal {
  return new (hostWebAssembly().Global)({ value: "i32", mutable: true }, value);
}

function isSharedBuffer(buffer: ArrayBufferLike): boolean {
  return Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}
