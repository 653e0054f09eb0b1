// A thread of a compile server: the models of some devices.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { isAbandoned } from "./abandoned.ts";
import { ModelService, type DeviceFacts, type Performed } from "./model-service.ts";
import { ObjectCache } from "./object-cache.ts";
import { Rehearsal } from "./rehearsal.ts";
import { CodeTargets, type NativeCompilers } from "./targets.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./workers.ts";

/** Milliseconds without a request after which there is time for something else. */
const idleTime = 50;

/** Performs requests until the thread is ended. Null for `compilers`: devices get wasm alone. */
export function serveModels(compilers: NativeCompilers | null): void {
  // Given by `Workers`.
  const { cacheFolder, cacheMemory, build, sent } = workerData as WorkerSettings;
  const port = parentPort;
  if (port === null) throw new Error("not a thread of a compile server");
  const targets = new CodeTargets(compilers);
  const service = new ModelService(new ObjectCache(cacheFolder, cacheMemory), build, targets);
  const rehearsal = new Rehearsal(targets);
  const post = (message: FromWorker): void => port.postMessage(message);
  const devices = new Map<number, DeviceFacts>();
  let done: Performed[] = [];
  const send = (): void => {
    if (done.length === 0) return;
    post(done);
    done = [];
  };
  const queue: ToWorker[] = [];
  const take = (message: ToWorker): void => {
    if (message.kind === "open") devices.set(message.connection, message.facts);
    else if (message.kind === "close") devices.delete(message.connection);
    else {
      const facts = devices.get(message.connection);
      if (facts === undefined) throw new Error("a device that has not connected");
      const skipped = isAbandoned(message, queue);
      const performed = skipped ? service.skip(facts) : service.perform(facts, message.message);
      done.push(performed);
      // Each message wakes the other thread: what nobody waits for goes with the next one.
      if (performed.answer !== null) send();
      service.tidy();
    }
  };
  post("ready");
  const count = new Int32Array(sent);
  let cold = true;
  // Waiting for the word is faster than waiting for a message.
  for (;;) {
    const seen = Atomics.load(count, 0);
    for (
      let received = receiveMessageOnPort(port);
      received !== undefined;
      received = receiveMessageOnPort(port)
    )
      queue.push(received.message as ToWorker);
    const next = queue.shift();
    if (next !== undefined) {
      take(next);
      continue;
    }
    send();
    const idle = Atomics.wait(count, 0, seen, cold ? idleTime : Infinity) === "timed-out";
    while (idle && cold && Atomics.load(count, 0) === seen) cold = rehearsal.goOn();
  }
}
