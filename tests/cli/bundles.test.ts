// The bundles of dist/bin: what is loaded late must be there on every thread.
import path from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import type { BackgroundStart } from "../../src/cli/background.ts";
import type { BackgroundRequest, BackgroundResult } from "../../src/engine/background.ts";
import { root } from "./process.ts";

it("the compiler's thread compiles", async () => {
  const { port1, port2 } = new MessageChannel();
  const text = 'fn f(x: i64) -> text: "{[x, x + 1]}"\nprint f(1)\n';
  const start: BackgroundStart = {
    root,
    path: "<test>",
    text,
    modules: [],
    linked: [],
    backend: "wasm",
    memory: new SharedArrayBuffer(2 ** 16),
    port: port2,
  };
  const worker = new Worker(path.join(root, "dist/bin/load.cjs"), {
    argv: ["worker"],
    workerData: start,
    transferList: [port2],
  });
  const request: BackgroundRequest = {
    id: 7,
    plan: {
      requests: [{ kind: "function", function: 1, counted: false, outlined: false }],
      options: { name: "unit", level: 2 },
      backend: "wasm",
    },
  };
  const result = new Promise<BackgroundResult>((resolve, reject) => {
    port1.once("message", resolve);
    worker.once("error", reject);
  });
  port1.postMessage(request);
  const { id, object, error } = await result;
  expect(error).toBe("");
  expect(id).toBe(7);
  const magic = object instanceof Uint8Array ? object.subarray(0, 4) : object;
  expect(magic).toEqual(Uint8Array.of(0, 0x61, 0x73, 0x6d));
  port1.close();
  await worker.terminate();
});
