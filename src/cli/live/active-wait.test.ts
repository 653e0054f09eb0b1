// Waiting for a word that another thread sets, at once or later.
import { afterEach, expect, it } from "vitest";
import { Worker } from "node:worker_threads";
import { ActiveWait } from "./active-wait.ts";

/** Adds one to the second word and sets the first, after each pause of some milliseconds; waits in between until the first is 0 again. */
const setter = `
const { workerData: { words, pauses } } = require("node:worker_threads");
for (const pause of pauses) {
  while (Atomics.load(words, 0) !== 0);
  const end = performance.now() + pause;
  while (performance.now() < end);
  Atomics.add(words, 1, 1);
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
}`;

let worker: Worker | undefined;
afterEach(() => worker?.terminate());

it("ends when the word is set, whether that is at once or much later", () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const pauses = [0, 0, 0, 20, 0, 20, 20, 0, 0, 0, 30, 0, 0, 0];
  worker = new Worker(setter, { eval: true, workerData: { words, pauses } });
  const wait = new ActiveWait(words);
  for (let turn = 1; turn <= pauses.length; turn += 1) {
    wait.wait();
    expect(Atomics.load(words, 0)).toBe(1);
    expect(Atomics.load(words, 1)).toBe(turn);
    Atomics.store(words, 0, 0);
  }
});

it("ends at once when the word is set already", () => {
  const words = new Int32Array(new SharedArrayBuffer(8)).fill(1);
  const wait = new ActiveWait(words);
  wait.wait();
  wait.wait();
  expect(words[0]).toBe(1);
});
