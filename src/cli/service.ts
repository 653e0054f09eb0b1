// The compiler's thread: compiles what the program's thread asks for, and tells it through the results word.
import { SourceFile } from "../base/index.ts";
import { BackgroundService, type BackgroundRequest } from "../engine/index.ts";
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
  linked,
  port,
}: BackgroundStart): void {
  const service = new BackgroundService(new SourceFile(path, text), modules, {
    now: () => performance.now(),
    linked,
    native: nativeOpener(root),
  });
  const resultsWord = new Int32Array(memory, resultsWordAddress, 1);
  port.on("message", (request: BackgroundRequest) => {
    port.postMessage(service.compile(request));
    Atomics.store(resultsWord, 0, 1);
  });
}
