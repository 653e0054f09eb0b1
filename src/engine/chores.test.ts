import { describe, expect, it } from "vitest";
import { Chores, type Chore } from "./chores.ts";

/** Chores on a clock that parts move, and what was done in which call of `run`. */
function setUp(): { chores: Chores; done: string[]; part: (name: string, time: number) => void } {
  let time = 0;
  const done: string[] = [];
  return {
    chores: new Chores(() => time),
    done,
    part: (name, length) => {
      done.push(name);
      time += length;
    },
  };
}

describe("chores", () => {
  it("do short parts together, and at least one", () => {
    const { chores, done, part } = setUp();
    const chore = function* (name: string, lengths: readonly number[]): Chore {
      for (const length of lengths) {
        part(name, length);
        yield;
      }
    };
    chores.add(chore("a", [1, 0.02, 0.02]));
    chores.add(chore("b", [0.02, 1]));
    const runs: string[] = [];
    while (!chores.isEmpty) {
      chores.run();
      runs.push(done.splice(0).join(""));
    }
    expect(runs).toEqual(["a", "aab", "b", ""]);
    chores.run();
    expect(done).toEqual([]);
  });

  it("end with what they throw, and others go on", () => {
    const { chores, done, part } = setUp();
    const broken = function* (): Chore {
      yield;
      throw new Error("broken");
    };
    const sound = function* (): Chore {
      part("sound", 1);
      yield;
      part("sound", 1);
    };
    chores.add(broken());
    chores.add(sound());
    expect(() => chores.run()).toThrow("broken");
    while (!chores.isEmpty) chores.run();
    expect(done).toEqual(["sound", "sound"]);
  });
});
