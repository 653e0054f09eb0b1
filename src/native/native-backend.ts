// The native backend, in a bundle of its own: it is loaded when native code is first asked for.
import { readFileSync } from "node:fs";
import path from "node:path";
import { DiagnosticError, DiagnosticSink, SourceFile } from "../base/index.ts";
import { NativeObjects, type NativeObjectSources } from "../compiler/index.ts";
import { createLlvmBackend, type NativeBackend } from "../engine/index.ts";
import { parseModule, type MirModule } from "../ir/mir/index.ts";
import { loadLlvm } from "../libllvm/index.ts";
import { folderCache, openNativeHost, userCacheFolder } from "../native-host/index.ts";

/** What looking for the backend came to; `help` says how to get it. */
export type NativeSearch =
  | { readonly kind: "found"; readonly backend: NativeBackend }
  | { readonly kind: "absent"; readonly reason: string; readonly help?: string };

/** The backend `llvm` for this thread; `root` is the folder of the package. */
export function openNative(root: string): NativeSearch {
  const from = path.join(root, "package.json");
  const host = openNativeHost(from);
  if (host.kind === "absent") return host;
  const llvm = loadLlvm(from);
  if (llvm.kind === "absent") return llvm;
  const backend = createLlvmBackend({ llvm: llvm.library, host, ...sharedParts(root) });
  return { kind: "found", backend };
}

/** What compiles for a machine, which need not be this one. Throws an error that says what to do if there is no libLLVM. */
export function openCompiler(root: string, target: NativeObjectSources["target"]): NativeObjects {
  const llvm = loadLlvm(path.join(root, "package.json"));
  if (llvm.kind === "absent") throw new Error(`${llvm.reason} (${llvm.help})`);
  return new NativeObjects({ llvm: llvm.library, target, ...sharedParts(root) });
}

/** The runtime library, and the folder in which objects are kept. */
function sharedParts(root: string): Pick<NativeObjectSources, "library" | "cache"> {
  const text = readFileSync(path.join(root, "dist/bin/library.mir"), "utf8");
  return {
    library: { module: () => readLibrary(text), version: text },
    cache: folderCache(userCacheFolder()),
  };
}

function readLibrary(text: string): MirModule {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("library.mir", text), sink);
  if (sink.hasErrors) throw new DiagnosticError(sink.all);
  return module;
}
