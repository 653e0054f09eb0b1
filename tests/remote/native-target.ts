// Native code for devices of tests, if this machine has libLLVM and can run what that makes.
import { NativeObjects } from "../../src/compiler/index.ts";
import { NativeCode, type DeviceOptions } from "../../src/device/index.ts";
import { compileLibraryMir } from "../../src/library/index.ts";
import { openNativeHost } from "../../src/native-host/index.ts";
import { nativeTriples } from "../../src/protocol/index.ts";
import { CodeTargets, type NativeTarget } from "../../src/server/index.ts";
import { librarySources } from "../library/image.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";

const host = openNativeHost(import.meta.url);
const objects = new Map<string, Uint8Array>();

/** Why there is no native code here, for the names of tests; empty if there is. */
export const whyNoNative: string =
  host.kind === "absent" ? ` (skipped: ${host.reason})` : whyNoLlvm;

/** The compilers of a server. */
export function compilers(target: NativeTarget): NativeObjects {
  if (llvm === undefined) throw new Error(whyNoLlvm);
  return new NativeObjects({
    llvm,
    target,
    library: { module: () => compileLibraryMir(librarySources()), version: "" },
    cache: {
      get: (key) => objects.get(key),
      put: (key, object) => void objects.set(key, object),
    },
  });
}

/** The code for this machine. */
export function ownCode(): ReturnType<CodeTargets["open"]> {
  if (host.kind === "absent") return host.reason;
  const target = { triple: nativeTriples[host.machine], features: [] };
  return new CodeTargets(compilers).open(target);
}

/** What a device needs to run it. */
export const nativeDevice: Pick<DeviceOptions, "code"> =
  host.kind === "absent" ? {} : { code: (parts) => new NativeCode(host, parts) };
