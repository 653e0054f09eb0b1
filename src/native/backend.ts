// The native backend for applications.
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { NativeBackend } from "../engine/index.ts";
import { openNative } from "./native-backend.ts";

/** This machine, or what is installed on it, has no native code; `help` says what to do. */
export class NoNativeCode extends Error {
  override readonly name = "NoNativeCode";
  readonly help: string;

  constructor(reason: string, help: string) {
    super(help === "" ? reason : `${reason}; ${help}`);
    this.help = help;
  }
}

let opened: NativeBackend | undefined;

/**
 * Native code of this thread, for the option `native` of engines and sessions; libLLVM is loaded at the first call. Throws `NoNativeCode`.
 */
export function nativeBackend(): NativeBackend {
  if (opened !== undefined) return opened;
  const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
  const search = openNative(root);
  if (search.kind === "absent") throw new NoNativeCode(search.reason, search.help ?? "");
  return (opened = search.backend);
}
