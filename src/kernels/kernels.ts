// The kernels of a process: made when they are first asked for, and kept.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  LlvmCompiler,
  hostTarget,
  type LlvmLibrary,
  type LlvmTarget,
} from "../codegen/llvm/index.ts";
import { currentAbi } from "../compiler/index.ts";
import { loadLlvm } from "../libllvm/index.ts";
import { loadNative, NativePools, type LoadedNative } from "../loader/native/index.ts";
import { openNativeHost, type NativeHost, type ObjectFolder } from "../native-host/index.ts";
import { symbolNames } from "../runtime/index.ts";
import {
  catalogKernel,
  catalogSizes,
  inputTypes,
  type CatalogName,
  type InputType,
} from "./catalog.ts";
import { checkDefinition, checkOpening, checkRequest } from "./checks.ts";
import { prepareUnit, type KernelVariant } from "./compile.ts";
import {
  arrayTypes,
  tilesOf,
  type KernelArrays,
  type KernelDefinition,
  type KernelElement,
  type KernelShape,
} from "./definition.ts";
import { KernelError } from "./error.ts";
import { Kernel, type KernelOrigin } from "./kernel.ts";
import { checkShape, mostArrayBytes } from "./shape.ts";
import { alignedBytes } from "./windows.ts";

/** What may be chosen when kernels are opened. */
export interface KernelsOptions {
  /** Keeps objects from one process to the next, as `folderCache(userCacheFolder())`; by default nothing is kept. */
  readonly cache?: ObjectFolder;
  /** Folder of the sources that come with Anneal; by default that of this module. */
  readonly sources?: string;
  /** The file or URL from which the package koffi is looked for; by default this module. */
  readonly from?: string;
  /** A processor and features that LLVM knows, in place of those of this machine: for measurements. */
  readonly target?: { readonly cpu: string; readonly features: string };
}

/** What a kernel is asked for with. */
export interface KernelRequestOptions {
  /**
   * Sums may be added up in another order, which makes SIMD of sums; results then differ in their last bits from machine to machine.
   * Default false: results are those of the plain loops, bit by bit.
   */
  readonly reassociate?: boolean;
  /** SIMD; default true. For measurements. */
  readonly vectorise?: boolean;
}

/** Figures of the kernels of a process. */
export interface KernelsStatistics {
  /** Kernels that are ready. */
  readonly kernels: number;
  /** Requests that were answered with a kernel that was there. */
  readonly found: number;
  /** Kernels whose object was in the cache. */
  readonly fromCache: number;
  readonly compiled: number;
  /** Milliseconds that libLLVM took. */
  readonly compileTime: number;
  /** Bytes of machine code. */
  readonly codeBytes: number;
}

/** The only names of the process that LLVM may call. */
const systemNames: ReadonlySet<string> = new Set(["memcpy", "memmove", "memset"]);
const noNames = { lookup: () => undefined, nearest: () => [] };
/** Room for some thousand kernels. */
const pools = { code: 32 << 20, metadata: 16 << 20, data: 1 << 20 };

/** LLVM ends the process if a processor that it does not know, or one of 32 bits, is to have code of 64 bits. */
function withPointers({ architecture, cpu = "", features = "" }: LlvmTarget): Required<LlvmTarget> {
  const all = architecture === "x86_64" ? ["+64bit", features].filter(Boolean).join() : features;
  return { architecture, cpu, features: all };
}

/** See the head of this file. Kernels work on the thread that made them. */
export class Kernels {
  readonly #host: NativeHost;
  readonly #compiler: LlvmCompiler;
  readonly #pools: NativePools;
  readonly #cache: ObjectFolder | undefined;
  readonly #machine: string;
  readonly #sources: string;
  readonly #kernels = new Map<string, Kernel>();
  readonly #definitions = new Map<string, KernelDefinition>();
  #closed = false;
  #found = 0;
  #fromCache = 0;
  #compiled = 0;
  #compileTime = 0;

  private constructor(library: LlvmLibrary, host: NativeHost, options: KernelsOptions) {
    this.#host = host;
    const target = withPointers({ ...hostTarget(library, host.machine), ...options.target });
    this.#compiler = new LlvmCompiler(library, target);
    this.#pools = new NativePools(host.memory, pools);
    this.#cache = options.cache;
    this.#sources = options.sources ?? path.dirname(fileURLToPath(import.meta.url));
    const { architecture, cpu, features } = target;
    const version = `LLVM ${library.version.join(".")}`;
    this.#machine = [version, architecture, cpu, features, currentAbi()].join("\n");
  }

  /** Throws `KernelError` if native code cannot be made or run here. */
  static open(options: KernelsOptions = {}): Kernels {
    checkOpening(options);
    const from = options.from ?? import.meta.url;
    const search = loadLlvm(from);
    if (search.kind === "absent") throw new KernelError(search.reason, search.help);
    const host = openNativeHost(from);
    if (host.kind === "absent") throw new KernelError(host.reason);
    return new Kernels(search.library, host, options);
  }

  /** `c = a b` for matrices with their rows one after the other: a has m rows and k columns, b k rows and n columns. */
  matmul(type: InputType, shape: KernelShape, options: KernelRequestOptions = {}): Kernel {
    return this.prepare(this.#fromCatalog("matmul", type), shape, options);
  }

  /** `y = a x` for a matrix of m rows and k columns with its rows one after the other. */
  matvec(type: InputType, shape: KernelShape, options: KernelRequestOptions = {}): Kernel {
    return this.prepare(this.#fromCatalog("matvec", type), shape, options);
  }

  /** A kernel for one shape. Throws `KernelError` for a shape that cannot be or a definition that is wrong. */
  prepare(
    definition: KernelDefinition,
    shape: KernelShape,
    options: KernelRequestOptions = {},
  ): Kernel {
    checkDefinition(definition);
    checkShape(definition, shape);
    return this.#kernel(definition, shape, options);
  }

  /** A kernel that takes its sizes when it is called: the same code for all shapes. Throws `KernelError`. */
  prepareGeneric(
    definition: KernelDefinition | { readonly name: CatalogName; readonly type: InputType },
    options: KernelRequestOptions = {},
  ): Kernel {
    if (isDefinition(definition)) {
      checkDefinition(definition);
      return this.#kernel(definition, undefined, options);
    }
    const found = this.#fromCatalog(definition.name, definition.type);
    return this.#kernel(found, undefined, options);
  }

  /** A zeroed array that starts at a cache line, where SIMD is fastest. */
  array<Element extends KernelElement>(element: Element, length: number): KernelArrays[Element] {
    if (!Object.hasOwn(arrayTypes, element)) {
      const known = Object.keys(arrayTypes).join(", ");
      throw new KernelError(`there are no arrays of \`${String(element)}\`, only of ${known}`);
    }
    const type = arrayTypes[element];
    const size = length * type.BYTES_PER_ELEMENT;
    if (!Number.isInteger(length) || length < 0 || size > mostArrayBytes) {
      throw new KernelError(`an array of ${length} elements of ${element} cannot be`);
    }
    const { buffer, byteOffset } = alignedBytes(this.#host, size);
    return new type(buffer, byteOffset, length) as KernelArrays[Element];
  }

  statistics(): KernelsStatistics {
    const all = [...this.#kernels.values()];
    return {
      kernels: all.length,
      found: this.#found,
      fromCache: this.#fromCache,
      compiled: this.#compiled,
      compileTime: this.#compileTime,
      codeBytes: all.reduce((sum, { figures }) => sum + figures.codeBytes, 0),
    };
  }

  /** Gives all memory back; kernels cannot be called any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const kernel of this.#kernels.values()) kernel.close();
    this.#compiler.dispose();
    this.#pools.close();
  }

  #fromCatalog(name: CatalogName, type: InputType): KernelDefinition {
    if (!Object.hasOwn(catalogSizes, name)) {
      const known = Object.keys(catalogSizes).join("` and `");
      throw new KernelError(`the kernels are \`${known}\`, found \`${String(name)}\``);
    }
    if (!inputTypes.includes(type)) {
      const known = inputTypes.map((each) => `\`${each}\``).join(" and ");
      throw new KernelError(`\`${name}\` is there for ${known}, found \`${String(type)}\``);
    }
    const key = `${name} ${type}`;
    let definition = this.#definitions.get(key);
    if (definition === undefined) {
      const read = (file: string): string => readFileSync(path.join(this.#sources, file), "utf8");
      definition = catalogKernel(name, type, read);
      this.#definitions.set(key, definition);
    }
    return definition;
  }

  #kernel(
    definition: KernelDefinition,
    shape: KernelShape | undefined,
    options: KernelRequestOptions,
  ): Kernel {
    checkRequest(options);
    const { reassociate = false, vectorise = true } = options;
    if (this.#closed) throw new KernelError("the kernels were closed");
    const key = keyOf(definition, { shape, reassociate, vectorise });
    const known = this.#kernels.get(key);
    if (known !== undefined) {
      this.#found += 1;
      return known;
    }
    const kernel = this.#make(definition, { shape, reassociate, vectorise });
    this.#kernels.set(key, kernel);
    return kernel;
  }

  #make(definition: KernelDefinition, variant: KernelVariant): Kernel {
    const start = performance.now();
    const { text, compile } = prepareUnit(definition, variant, this.#compiler);
    const key = ["kernel", this.#machine, text].join("\n");
    let origin: KernelOrigin = "cache";
    const cached = this.#cache?.get(key);
    // A damaged object is as good as none.
    let loaded = cached === undefined ? undefined : this.#load(cached);
    if (typeof loaded !== "object") {
      origin = "compiled";
      const before = performance.now();
      const object = compile();
      this.#compileTime += performance.now() - before;
      loaded = this.#load(object);
      if (typeof loaded === "string") throw new KernelError(loaded, needs);
      this.#cache?.put(key, object);
    }
    if (origin === "cache") this.#fromCache += 1;
    else this.#compiled += 1;
    const entry = loaded.symbols.get(symbolNames.enter(definition.name));
    if (entry === undefined) throw new Error(`the object of ${definition.name} has no entry`);
    const figures = { origin, time: performance.now() - start, codeBytes: loaded.figures.code };
    const enter = this.#host.callable(entry.address, "void", ["uintptr_t", "uintptr_t"]);
    const { shape } = variant;
    return new Kernel({ host: this.#host, definition, shape, figures, enter });
  }

  /** The object in memory, or why it is refused. */
  #load(object: Uint8Array): LoadedNative | string {
    const { machine, process } = this.#host;
    const loaded = loadNative(object, {
      machine,
      pools: this.#pools,
      symbols: noNames,
      abiHash: currentAbi(),
      process: {
        address: (name) => (systemNames.has(name) ? process.address(name) : undefined),
      },
    });
    return loaded.kind === "loaded" ? loaded : loaded.message;
  }
}

function isDefinition(
  asked: KernelDefinition | { readonly name: CatalogName; readonly type: InputType },
): asked is KernelDefinition {
  return typeof asked !== "object" || asked === null || "source" in asked || "arrays" in asked;
}

/** All that tells kernels apart, what is looked at in a call as well. */
function keyOf(definition: KernelDefinition, variant: KernelVariant): string {
  const { name, arrays, sizes, sumsInOrder = false, source } = definition;
  const { shape, reassociate, vectorise } = variant;
  const chosen =
    shape === undefined
      ? ["any"]
      : [...sizes.map((size) => shape[size]), ...Object.values(tilesOf(definition, shape))];
  const parts = arrays.map((array) =>
    [array.name, array.element, array.written, ...array.sizes].join(),
  );
  const rest = [sizes.join(), chosen.join(), sumsInOrder, reassociate, vectorise, source];
  return [name, ...parts, ...rest].join("\n");
}

const needs =
  "a kernel calls nothing but its own functions, does not divide, and does not call itself";
