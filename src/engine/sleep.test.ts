import { expect, test } from "vitest";
import { hostWebAssembly } from "../loader/index.ts";
import { controlAttention, controlWordAddress, MemoryViews } from "../runtime/index.ts";
import { marginOf, sleep } from "./sleep.ts";

test("nothing is evaluated at the end of a long sleep", () => {
  const { Memory } = hostWebAssembly();
  const memory = new Memory({ initial: 1, maximum: 1, shared: true });
  const views = new MemoryViews(memory);
  // Somebody wants to evaluate all the time.
  Atomics.store(views.i32, controlWordAddress >> 2, controlAttention);
  const length = 16;
  let time = 0;
  const polls: number[] = [];
  const sleeper = { views, poll: () => void polls.push(length - time) };
  sleep(sleeper, length, { now: () => (time += 0.25), attendTime: 0 });
  expect(polls.length).toBeGreaterThan(10);
  expect(Math.min(...polls)).toBeGreaterThanOrEqual(4.5);
});

test("nothing is evaluated by a thread that is woken late", () => {
  const { Memory } = hostWebAssembly();
  const views = new MemoryViews(new Memory({ initial: 1, maximum: 1, shared: true }));
  let time = 0;
  const polls: number[] = [];
  const sleeper = { views, poll: () => void polls.push(time) };
  // The clock stands still until the wait has begun, and is past the end when it is over.
  const times = [0, 0, 12];
  sleep(sleeper, 8, { now: () => (time = times.shift() ?? 12), attendTime: 0 });
  expect(polls).toEqual([0]);
});

test("the margin is what evaluations take, within bounds, and never most of the sleep", () => {
  expect(marginOf(16, 0)).toBe(5);
  expect(marginOf(16, 4)).toBe(6);
  expect(marginOf(16, 100)).toBe(8);
  expect(marginOf(6, 100)).toBe(4);
  expect(marginOf(3, 0)).toBe(0);
});
