// Entry of the program's thread where its code is native.
import { NativeCode, NativeSymbols } from "../device/index.ts";
import { openNativeHost, processorFeatures } from "../native-host/index.ts";
import { decodeDeclarations, nativeTriples } from "../protocol/index.ts";
import { serveProgram } from "./thread.ts";

void serveProgram((from) => {
  const host = openNativeHost(from);
  if (host.kind === "absent") throw new Error(host.reason);
  const symbols = new NativeSymbols(host);
  return {
    symbols,
    declarations: decodeDeclarations,
    openLibrary: (file) => host.openLibrary(file),
    target: { triple: nativeTriples[host.machine], features: processorFeatures().slice(0, 1000) },
    code: (parts) => new NativeCode(host, parts),
  };
});
