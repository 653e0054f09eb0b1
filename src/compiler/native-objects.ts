// All objects for one machine: units of programs, and what every program needs of native code, which is made once.
import {
  LlvmCompiler,
  printRuntimeModule,
  type LlvmLibrary,
  type LlvmTarget,
} from "../codegen/llvm/index.ts";
import type { MirModule } from "../ir/mir/index.ts";
import { currentAbi, type NativeMachine } from "../runtime/index.ts";
import { compileNative } from "./native.ts";

/** Keeps objects from one process to the next. */
export interface NativeObjectCache {
  /** The object of a key: a text that says all that the object depends on. */
  get(key: string): Uint8Array | undefined;
  put(key: string, object: Uint8Array): void;
}

/** What they are made from. */
export interface NativeObjectSources {
  readonly llvm: LlvmLibrary;
  readonly target: LlvmTarget & { readonly architecture: NativeMachine };
  /** The MIR of the runtime library, and a text that changes whenever it does. */
  readonly library: { readonly module: () => MirModule; readonly version: string };
  readonly cache?: NativeObjectCache | undefined;
}

/** The library's MIR is optimised and inlined already; the whole pipeline takes several times as long and gains little. */
const libraryPipeline =
  "function(early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,loop-mssa(loop-rotate,licm),gvn,dse,simplifycfg)";

/** See the head of this file. */
export class NativeObjects {
  /** The compiler that made them: `LLVM 19.1.7`. */
  readonly description: string;
  readonly compiler: LlvmCompiler;
  readonly #sources: NativeObjectSources;
  readonly #made = new Map<string, Uint8Array>();
  readonly #runtimeText: string;
  readonly #runtimeKey: string;
  readonly #libraryKey: string;

  constructor(sources: NativeObjectSources) {
    this.#sources = sources;
    const { llvm, target, library } = sources;
    this.compiler = new LlvmCompiler(llvm, target);
    this.description = `LLVM ${llvm.version.join(".")}`;
    const { architecture, cpu = "", features = "" } = target;
    const keyOf = (...parts: readonly string[]): string =>
      [this.description, architecture, cpu, features, currentAbi(), ...parts].join("\n");
    this.#runtimeText = printRuntimeModule(architecture, [], true);
    this.#runtimeKey = keyOf("runtime", this.#runtimeText);
    this.#libraryKey = keyOf("library", libraryPipeline, library.version);
  }

  /** Whether both objects below are there at once; the first time for a machine the library takes a second to compile. */
  isReady(): boolean {
    return this.#find(this.#runtimeKey) !== undefined && this.#find(this.#libraryKey) !== undefined;
  }

  /** The object of the native runtime; see `printRuntimeModule`. */
  runtime(): Uint8Array {
    return this.#findOrMake(this.#runtimeKey, () => this.compiler.compileText(this.#runtimeText));
  }

  /** The object of the runtime library. */
  library(): Uint8Array {
    return this.#findOrMake(this.#libraryKey, () => {
      // Errors name the caller, and nothing in the library traps.
      const options = { name: "library", level: 2, locations: "none" } as const;
      const module = this.#sources.library.module();
      return compileNative(module, { ...options, pipeline: libraryPipeline }, this.compiler);
    });
  }

  #find(key: string): Uint8Array | undefined {
    const found = this.#made.get(key) ?? this.#sources.cache?.get(key);
    if (found !== undefined) this.#made.set(key, found);
    return found;
  }

  #findOrMake(key: string, make: () => Uint8Array): Uint8Array {
    const found = this.#find(key);
    if (found !== undefined) return found;
    const object = make();
    this.#made.set(key, object);
    this.#sources.cache?.put(key, object);
    return object;
  }
}
