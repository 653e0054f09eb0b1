// The native backend for tests, if this machine has one.
import { createLlvmBackend, type NativeBackend } from "../../src/engine/index.ts";
import { compileLibraryMir } from "../../src/library/index.ts";
import { openNativeHost } from "../../src/native-host/index.ts";
import { librarySources } from "../library/image.ts";
import { llvm } from "../native/llvm.ts";

const opened = openNativeHost(import.meta.url);
const objects = new Map<string, Uint8Array>();

/** One for all programs of a test file, with the library of this source tree; undefined without libLLVM. */
export const nativeBackend: NativeBackend | undefined =
  llvm === undefined || opened.kind === "absent"
    ? undefined
    : createLlvmBackend({
        llvm,
        host: opened,
        library: { module: () => compileLibraryMir(librarySources()), version: "" },
        cache: {
          get: (key) => objects.get(key),
          put: (key, object) => void objects.set(key, object),
        },
      });
