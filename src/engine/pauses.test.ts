import { expect, it } from "vitest";
import { Pauses } from "./pauses.ts";

it("measures pauses, those inside others once, and leaves out what is none", () => {
  let time = 0;
  const pauses = new Pauses(() => time);
  const wait = (length: number): void => void (time += length);
  const result = pauses.during(() => {
    wait(1);
    pauses.during(() => wait(2));
    return "done";
  });
  expect(result).toBe("done");
  pauses.during(() => wait(0.001));
  expect(() =>
    pauses.during(() => {
      wait(0.5);
      throw new Error("failed");
    }),
  ).toThrow("failed");
  expect(pauses.figures()).toEqual({ count: 2, longest: 3, total: 3.5 });
});
