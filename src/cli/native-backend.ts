// The native backend, in a bundle of its own: it is loaded when native code is first asked for.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { DiagnosticError, DiagnosticSink, SourceFile } from "../base/index.ts";
import { createLlvmBackend, type NativeBackend, type NativeObjectCache } from "../engine/index.ts";
import { parseModule, type MirModule } from "../ir/mir/index.ts";
import { loadLlvm } from "../libllvm/index.ts";
import { openNativeHost } from "../native-host/index.ts";

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
  const text = readFileSync(path.join(root, "dist/bin/library.mir"), "utf8");
  const backend = createLlvmBackend({
    llvm: llvm.library,
    host,
    library: { module: () => readLibrary(text), version: text },
    cache: folderCache(cacheFolder()),
  });
  return { kind: "found", backend };
}

function readLibrary(text: string): MirModule {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("library.mir", text), sink);
  if (sink.hasErrors) throw new DiagnosticError(sink.all);
  return module;
}

function cacheFolder(): string {
  const { ANNEAL_CACHE: own, XDG_CACHE_HOME: shared } = process.env;
  if (own !== undefined && own !== "") return own;
  const base = shared !== undefined && shared !== "" ? shared : path.join(homedir(), ".cache");
  return path.join(base, "anneal");
}

/** Objects in a folder. One that cannot be used is as good as none: then each process makes its own. */
function folderCache(folder: string): NativeObjectCache {
  const file = (key: string): string =>
    path.join(folder, `${createHash("sha256").update(key).digest("hex")}.o`);
  return {
    get: (key) => {
      try {
        return readFileSync(file(key));
      } catch {
        return undefined;
      }
    },
    put: (key, object) => {
      const name = file(key);
      const part = `${name}.${process.pid}.${Math.random().toString(36).slice(2)}`;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(part, object, { mode: 0o600 });
        renameSync(part, name);
      } catch {
        // The next process tries again.
      }
    },
  };
}
