// The native backend over libLLVM.
import {
  compileNative,
  currentAbi,
  hostTarget,
  LlvmCompiler,
  printRuntimeModule,
  type LlvmLibrary,
} from "../../compiler/index.ts";
import type { MirModule } from "../../ir/mir/index.ts";
import type { NativeHost } from "../../loader/native/index.ts";
import type { NativeBackend } from "./backend.ts";

/** Keeps objects from one process to the next. */
export interface ObjectCache {
  /** The object of a key: a text that says all that the object depends on. */
  get(key: string): Uint8Array | undefined;
  put(key: string, object: Uint8Array): void;
}

/** What the backend is made of. */
export interface LlvmBackendParts {
  readonly llvm: LlvmLibrary;
  readonly host: NativeHost;
  /** The MIR of the runtime library, and a text that changes whenever it does. */
  readonly library: { readonly module: () => MirModule; readonly version: string };
  readonly cache?: ObjectCache;
}

/** The library's MIR is optimised and inlined already; the whole pipeline takes several times as long and gains little. */
const libraryPipeline =
  "function(early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,loop-mssa(loop-rotate,licm),gvn,dse,simplifycfg)";

/** Native code for this machine: its processor and all features that it has. */
export function createLlvmBackend({ llvm, host, library, cache }: LlvmBackendParts): NativeBackend {
  const { cpu, features } = llvm.host;
  const compiler = new LlvmCompiler(llvm, hostTarget(llvm, host.machine));
  const description = `LLVM ${llvm.version.join(".")}`;
  const made = new Map<string, Uint8Array>();
  const find = (key: string): Uint8Array | undefined => {
    const found = made.get(key) ?? cache?.get(key);
    if (found !== undefined) made.set(key, found);
    return found;
  };
  const keyOf = (...parts: readonly string[]): string =>
    [description, cpu, features, currentAbi(), ...parts].join("\n");
  const findOrMake = (key: string, make: () => Uint8Array): Uint8Array => {
    let object = find(key);
    if (object === undefined) {
      object = make();
      made.set(key, object);
      cache?.put(key, object);
    }
    return object;
  };
  const runtimeText = printRuntimeModule(host.machine, [], true);
  const runtimeKey = keyOf("runtime", runtimeText);
  const libraryKey = keyOf("library", libraryPipeline, library.version);
  return {
    description,
    host,
    compiler,
    isReady: () => find(runtimeKey) !== undefined && find(libraryKey) !== undefined,
    runtime: () => findOrMake(runtimeKey, () => compiler.compileText(runtimeText)),
    library: () =>
      findOrMake(libraryKey, () => {
        // Errors name the caller, and nothing in the library traps.
        const options = { name: "library", level: 2, locations: "none" } as const;
        return compileNative(library.module(), { ...options, pipeline: libraryPipeline }, compiler);
      }),
  };
}
