// What an embedder gives so that programs get native code.
import type { LlvmCompiler } from "../../compiler/index.ts";
import type { NativeHost } from "../../loader/native/index.ts";

/** Makes objects for the machine that this process runs on. */
export interface NativeBackend {
  /** As messages name it: `LLVM 19.1.7`. */
  readonly description: string;
  readonly host: NativeHost;
  readonly compiler: LlvmCompiler;
  /** Whether both objects below are there at once; the first time on a machine the library takes a second to compile. */
  isReady(): boolean;
  /** The object of the native runtime; see `printRuntimeModule`. */
  runtime(): Uint8Array;
  /** The object of the runtime library. */
  library(): Uint8Array;
}
