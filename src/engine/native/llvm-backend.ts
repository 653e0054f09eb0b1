// The native backend over libLLVM.
import {
  hostTarget,
  NativeObjects,
  type LlvmLibrary,
  type NativeObjectCache,
  type NativeObjectSources,
} from "../../compiler/index.ts";
import type { NativeHost } from "../../loader/native/index.ts";
import type { NativeBackend } from "./backend.ts";

/** What the backend is made of. */
export interface LlvmBackendParts {
  readonly llvm: LlvmLibrary;
  readonly host: NativeHost;
  /** The MIR of the runtime library, and a text that changes whenever it does. */
  readonly library: NativeObjectSources["library"];
  readonly cache?: NativeObjectCache | undefined;
}

/** Native code for this machine: its processor and all features that it has. */
export function createLlvmBackend({ llvm, host, library, cache }: LlvmBackendParts): NativeBackend {
  const { machine } = host;
  const target = { ...hostTarget(llvm, machine), architecture: machine };
  const objects = new NativeObjects({ llvm, target, library, cache });
  return {
    description: objects.description,
    host,
    compiler: objects.compiler,
    isReady: () => objects.isReady(),
    runtime: () => objects.runtime(),
    library: () => objects.library(),
  };
}
