// Native code in this process: memory, names, calls.
import type { NativeDispatcher, NativeHost, ProcessSymbols } from "../loader/native/index.ts";
import { configureStack, findKoffi, type Koffi } from "./koffi.ts";
import { createNativeMemory } from "./memory.ts";
import { startSampling } from "./sampling.ts";

/** Why this process cannot run native code. */
export interface NoNativeHost {
  readonly kind: "absent";
  readonly reason: string;
}

const machines: ReadonlyMap<string, "x64" | "arm64"> = new Map([
  ["x64", "x64"],
  ["arm64", "arm64"],
]);

/** Bytes that calls of the system's libraries from compiled code may need. */
const systemStack = 128 << 10;

/** This process as a host of native code; the package koffi is looked up from the file or URL `from`. */
export function openNativeHost(from: string): NativeHost | NoNativeHost {
  const arch = machines.get(process.arch);
  if (process.platform !== "linux" || arch === undefined) {
    const reason = `native code runs on Linux for x64 and arm64, this is ${process.platform} for ${process.arch}`;
    return { kind: "absent", reason };
  }
  const koffi = findKoffi(from);
  if (typeof koffi === "string") return { kind: "absent", reason: koffi };
  const stackBytes = configureStack(koffi) - systemStack;
  const types = new Map<string, object>();
  // Types of koffi live as long as the process.
  const typeOf = (result: string, parameters: readonly string[]): object => {
    const key = [result, ...parameters].join(", ");
    const type = types.get(key) ?? koffi.proto(result, parameters);
    types.set(key, type);
    return type;
  };
  const dlsym = koffi.load(null).func("uintptr_t dlsym(uintptr_t handle, const char *name)");
  const symbolsOf = (handle: number): ProcessSymbols => ({
    address: (name) => {
      const address = Number(dlsym(handle, name));
      return address === 0 ? undefined : address;
    },
  });
  const machine = arch === "x64" ? "x86_64" : "aarch64";
  const memory = createNativeMemory(koffi, arch);
  const view = (address: number, size: number): Uint8Array =>
    new Uint8Array(koffi.view(BigInt(address), size));
  return {
    kind: "host",
    machine,
    memory,
    // Handle 0 (RTLD_DEFAULT) is everything that the process has loaded.
    process: symbolsOf(0),
    openLibrary: (file) => symbolsOf(openLibrary(koffi, file)),
    stackBytes,
    callable: (address, result, parameters) =>
      koffi.decode(BigInt(address), typeOf(result, parameters)),
    callback: (call, result, parameters) => {
      const pointer = koffi.register(call, koffi.pointer(typeOf(result, parameters)));
      return { address: Number(pointer), release: () => koffi.unregister(pointer) };
    },
    dispatcher: createDispatcher(koffi, typeOf("void", ["int32_t", "int32_t"])),
    sample: (period) => startSampling({ koffi, memory, machine, view }, period),
    view,
    addressOf: (bytes) => Number(koffi.address(bytes)),
  };
}

const bindNow = 2;

/** The handle of a shared library, whose names only those see who ask for them. Throws. */
function openLibrary(koffi: Koffi, file: string): number {
  const library = koffi.load(null);
  const dlopen = library.func("uintptr_t dlopen(const char *file, int flags)");
  const handle = Number(dlopen(file, bindNow));
  if (handle !== 0) return handle;
  const dlerror = library.func("const char *dlerror()");
  throw new Error(String(dlerror()));
}

/** Ends the process at once, whatever its threads do; undefined without the package koffi. */
export function processExit(from: string): ((code: number) => void) | undefined {
  const koffi = findKoffi(from);
  if (typeof koffi === "string") return undefined;
  const exit = koffi.load(null).func("void _exit(int code)");
  return (code) => void exit(code);
}

function createDispatcher(koffi: Koffi, type: object): NativeDispatcher {
  const programs = new Map<number, (number: number) => void>();
  let last = 0;
  const dispatch = (number: unknown, program: unknown): void =>
    programs.get(Number(program))?.(Number(number));
  return {
    address: Number(koffi.register(dispatch, koffi.pointer(type))),
    add: (receive) => {
      last += 1;
      programs.set(last, receive);
      return last;
    },
    remove: (program) => {
      programs.delete(program);
    },
  };
}
