import { expect, test } from "vitest";
import { Space } from "../engine/index.ts";
import { Control } from "./control.ts";

test("a piece is not evaluated at the end of a long sleep", () => {
  const space = new Space({
    inSession: true,
    heap: false,
    sharedMemory: true,
    variables: 0,
    functions: 0,
  });
  let nanos = 0n;
  const length = 16;
  const calls: number[] = [];
  const control = new Control(
    space,
    () => (nanos += 250_000n),
    () => {
      calls.push(Number(nanos) / 1e6);
      // Somebody wants to evaluate all the time.
      control.requestAttention();
    },
  );
  control.requestAttention();
  control.sleep(length * 1000);
  expect(calls.length).toBeGreaterThan(3);
  expect(Math.max(...calls)).toBeLessThan(length - 4);
});
