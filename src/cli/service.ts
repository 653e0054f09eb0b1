// The compiler's thread: compiles what the program's thread asks for, and tells it through the results word.
import { SourceFile } from "../base/index.ts";
import {
  BackgroundService,
  type BackgroundRequest,
  type BackgroundResult,
} from "../engine/index.ts";
import { resultsWordAddress } from "../runtime/index.ts";
import type { BackgroundStart } from "./background.ts";
import { nativeOpener } from "./native.ts";

/** Serves one program until its thread ends. */
export function serveCompilations({
  root,
  path,
  text,
  modules,
  memory,
  backend,
  linked,
  port,
}: BackgroundStart): void {
  const service = new BackgroundService(new SourceFile(path, text), modules, {
    now: () => performance.now(),
    linked,
    native: nativeOpener(root),
  });
  const resultsWord = new Int32Array(memory, resultsWordAddress, 1);
  const send = (result: BackgroundResult): void => {
    port.postMessage(result, buffersOf(result));
    Atomics.store(resultsWord, 0, 1);
  };
  const warm = backend === "llvm" ? service.warm() : null;
  if (warm !== null) send(warm);
  port.on("message", (request: BackgroundRequest) => send(service.compile(request)));
}

/** What need not be copied: the bytes of a native object, which nobody here uses any more. */
function buffersOf({ object }: BackgroundResult): ArrayBuffer[] {
  if (object === null || object instanceof Uint8Array) return [];
  const { buffer } = object.object.bytes;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
