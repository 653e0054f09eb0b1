import { expect, test } from "vitest";
import { SleepWork } from "./sleep-work.ts";

test("work waits for a program that sleeps regularly, and no other", () => {
  const work = new SleepWork();
  const key = {};
  expect(work.defer(key, 0, () => {})).toBe(false);
  work.endSleep(3, 0);
  expect(work.defer(key, 1, () => {})).toBe(false);
  work.endSleep(10, 20);
  expect(work.defer(key, 25, () => {})).toBe(true);
  expect(work.defer(key, 90, () => {})).toBe(false);
});

test("a sleep does the work that there is time for, each piece once", () => {
  const work = new SleepWork();
  work.endSleep(10, 0);
  const done: string[] = [];
  let left = 20;
  const takes = (name: string) => (): void => {
    done.push(name);
    left -= 7;
  };
  const again = {};
  work.defer(again, 1, takes("first"));
  work.defer(again, 1, takes("second"));
  work.defer({}, 1, takes("third"));
  work.defer({}, 1, takes("fourth"));
  work.beginSleep(() => left);
  expect(done).toEqual(["second", "third"]);
  left = 20;
  work.beginSleep(() => left);
  expect(done).toEqual(["second", "third", "fourth"]);
});

test("what is asked for when the program does not sleep any more waits no longer", () => {
  const work = new SleepWork();
  work.endSleep(10, 0);
  const key = {};
  let done = 0;
  work.defer(key, 1, () => (done += 1));
  expect(work.defer(key, 100, () => (done += 1))).toBe(false);
  work.beginSleep(() => 10);
  expect(done).toBe(0);
});
