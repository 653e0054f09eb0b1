// The native backend over libLLVM.
import {
  compileNative,
  currentAbi,
  LlvmCompiler,
  machineOptions,
  printRuntimeModule,
  type LlvmLibrary,
  type LlvmTarget,
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
  const target: LlvmTarget = { architecture: host.machine, cpu, features };
  const compiler = new LlvmCompiler(llvm, target);
  const description = `LLVM ${llvm.version.join(".")}`;
  const cached = (key: readonly string[], make: () => Uint8Array): Uint8Array => {
    const whole = [description, cpu, features, currentAbi(), ...key].join("\n");
    const known = cache?.get(whole);
    if (known !== undefined) return known;
    const object = make();
    cache?.put(whole, object);
    return object;
  };
  return {
    description,
    host,
    compiler,
    runtime: () => {
      const text = printRuntimeModule(host.machine, [], true);
      return cached(["runtime", text], () => compileText(llvm, target, text));
    },
    library: () =>
      cached(["library", libraryPipeline, library.version], () => {
        // Errors name the caller, and nothing in the library traps.
        const options = { name: "library", level: 2, locations: "none" } as const;
        return compileNative(library.module(), { ...options, pipeline: libraryPipeline }, compiler);
      }),
  };
}

function compileText(llvm: LlvmLibrary, target: LlvmTarget, text: string): Uint8Array {
  const context = llvm.createContext();
  const machine = llvm.createMachine(machineOptions(target, 1));
  try {
    const module = context.parseIr(text, "runtime");
    try {
      return module.emitObject(machine);
    } finally {
      module.dispose();
    }
  } finally {
    machine.dispose();
    context.dispose();
  }
}
