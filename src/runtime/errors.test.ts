// Traces of runtime errors: how much of them is kept, and their text.
import { describe, expect, it } from "vitest";
import { isStackExhaustion, renderTrace, runtimeError } from "./index.ts";

function failed(frames: number): ReturnType<typeof runtimeError> {
  const error = runtimeError("stack_overflow");
  for (let line = 1; line <= frames; line += 1) addFrame(error, line);
  return error;
}

function addFrame(error: ReturnType<typeof runtimeError>, line: number, name = "f"): void {
  error.addFrame({ function: name, file: "a.spl", line, column: 1 });
}

const at = (line: number): string => `at f (a.spl:${line}:1)`;

describe("a trace", () => {
  it("keeps the innermost and the outermost frames and counts the others", () => {
    const error = failed(1000);
    expect(error.trace.map(({ line }) => line)).toEqual([
      ...Array.from({ length: 50 }, (_, index) => index + 1),
      ...Array.from({ length: 50 }, (_, index) => index + 951),
    ]);
    expect(error).toMatchObject({ omittedFrames: 900, incomplete: false, gap: 50 });
    expect(renderTrace(error)).toEqual([
      ...Array.from({ length: 10 }, (_, index) => at(index + 1)),
      "… 985 more …",
      ...Array.from({ length: 5 }, (_, index) => at(index + 996)),
    ]);
  });

  it("is shown whole as long as it is short", () => {
    expect(renderTrace(failed(16))).toEqual(Array.from({ length: 16 }, (_, i) => at(i + 1)));
    expect(renderTrace(failed(17))).toContain("… 2 more …");
  });

  it("says where frames were lost that nobody counted", () => {
    const error = failed(4000);
    error.loseFrames();
    addFrame(error, 7);
    addFrame(error, 0, "top level");
    expect(error).toMatchObject({ omittedFrames: 3950, incomplete: true, gap: 50 });
    expect(renderTrace(error)).toEqual([
      ...Array.from({ length: 10 }, (_, index) => at(index + 1)),
      "… at least 3990 more …",
      at(7),
      "at top level (a.spl)",
    ]);
  });

  it("has its gap where the frames were lost, also in a short one", () => {
    const error = failed(3);
    error.loseFrames();
    addFrame(error, 4);
    expect(renderTrace(error)).toEqual([at(1), at(2), at(3), "… more …", at(4)]);
    for (let line = 5; line < 300; line += 1) addFrame(error, line);
    expect(error.gap).toBe(3);
    expect(error.trace.length + error.omittedFrames).toBe(299);
    expect(renderTrace(error).slice(2, 5)).toEqual([at(3), "… at least 291 more …", at(295)]);
  });
});

describe("an exhausted stack", () => {
  it("is told apart from other range errors", () => {
    const down = (): number => down() + 1;
    let found: unknown;
    try {
      down();
    } catch (error) {
      found = error;
    }
    expect(isStackExhaustion(found)).toBe(true);
    expect(isStackExhaustion(new RangeError("Invalid array length"))).toBe(false);
    expect(isStackExhaustion(new Error("Maximum call stack size exceeded"))).toBe(false);
  });
});
