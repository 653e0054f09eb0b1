// Native code in this process: memory, names, calls.
import type { NativeMemory, ProcessSymbols } from "../loader/native/index.ts";
import { findKoffi, type NativeCallable } from "./koffi.ts";
import { createNativeMemory } from "./memory.ts";

/** A process that can run native code. */
export interface NativeHost {
  readonly kind: "host";
  /** What objects must be made for. */
  readonly machine: "x86_64" | "aarch64";
  readonly memory: NativeMemory;
  /** Names of the executable and of the libraries that it has loaded. */
  readonly process: ProcessSymbols;
  /**
   * The function at an address as a JavaScript function, by the names of its types in C. Nothing checks that the types
   * are right, or that code is there.
   */
  callable(address: number, result: string, parameters: readonly string[]): NativeCallable;
  /**
   * A JavaScript function as one that native code can call, on the thread that made it, by the names of its types in C. It must
   * not throw: native frames are not unwound.
   */
  callback(
    call: (...args: never[]) => unknown,
    result: string,
    parameters: readonly string[],
  ): NativeCallback;
  /** A window on memory at an address; it must not be used when the memory has been returned. */
  view(address: number, size: number): Uint8Array;
  /** Where the bytes of an array stand; holds as long as its buffer lives. */
  addressOf(bytes: Uint8Array): number;
}

/** A function for native code. */
export interface NativeCallback {
  readonly address: number;
  /** Native code must not have it any more. */
  release(): void;
}

/** Why this process cannot run native code. */
export interface NoNativeHost {
  readonly kind: "absent";
  readonly reason: string;
}

const machines: ReadonlyMap<string, "x64" | "arm64"> = new Map([
  ["x64", "x64"],
  ["arm64", "arm64"],
]);

/** This process as a host of native code; the package koffi is looked up from the file or URL `from`. */
export function openNativeHost(from: string): NativeHost | NoNativeHost {
  const arch = machines.get(process.arch);
  if (process.platform !== "linux" || arch === undefined) {
    const reason = `native code runs on Linux for x64 and arm64, this is ${process.platform} for ${process.arch}`;
    return { kind: "absent", reason };
  }
  const koffi = findKoffi(from);
  if (typeof koffi === "string") return { kind: "absent", reason: koffi };
  const types = new Map<string, object>();
  // Types of koffi live as long as the process.
  const typeOf = (result: string, parameters: readonly string[]): object => {
    const key = [result, ...parameters].join(", ");
    const type = types.get(key) ?? koffi.proto(result, parameters);
    types.set(key, type);
    return type;
  };
  const dlsym = koffi.load(null).func("uintptr_t dlsym(uintptr_t handle, const char *name)");
  return {
    kind: "host",
    machine: arch === "x64" ? "x86_64" : "aarch64",
    memory: createNativeMemory(koffi, arch),
    process: {
      address: (name) => {
        // Handle 0 (RTLD_DEFAULT) is everything that the process has loaded.
        const address = Number(dlsym(0, name));
        return address === 0 ? undefined : address;
      },
    },
    callable: (address, result, parameters) =>
      koffi.decode(BigInt(address), typeOf(result, parameters)),
    callback: (call, result, parameters) => {
      const pointer = koffi.register(call, koffi.pointer(typeOf(result, parameters)));
      return { address: Number(pointer), release: () => koffi.unregister(pointer) };
    },
    view: (address, size) => new Uint8Array(koffi.view(BigInt(address), size)),
    addressOf: (bytes) => Number(koffi.address(bytes)),
  };
}

/** Ends the process at once, whatever its threads do; undefined without the package koffi. */
export function processExit(from: string): ((code: number) => void) | undefined {
  const koffi = findKoffi(from);
  if (typeof koffi === "string") return undefined;
  const exit = koffi.load(null).func("void _exit(int code)");
  return (code) => void exit(code);
}
