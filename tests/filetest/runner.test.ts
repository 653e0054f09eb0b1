// The runner itself: what it accepts, refuses and rewrites.
import { describe, expect, it } from "vitest";
import { runFile } from "./runner.ts";
import { selectTargets } from "./select.ts";
import { TestFileError } from "./testfile.ts";

const body = `func @f(i32) -> i32 {
block5(v9: i32):
  return v9
}
`;
const golden = `; func @f(i32) -> i32 {
; block0(v0: i32):
;   return v0
; }
`;

describe("golden blocks", () => {
  it("are put in, replaced and left alone, every other line untouched", () => {
    const plain = `; test print\n\n${body}\n; a comment\n`;
    const good = `; test print\n\n${body}${golden}\n; a comment\n`;
    expect(runFile("a.mir", plain)).toEqual({ failures: [], blessed: good });
    expect(runFile("a.mir", good)).toEqual({ failures: [], blessed: good });
    const stale = good.replace("return v0", "return v1\n; more");
    expect(runFile("a.mir", stale)).toEqual({ failures: [], blessed: good });
  });

  it("end at a directive", () => {
    const text = `; test pass dce\n\n${body}${golden}; run: @f(1) == 1\n`;
    expect(runFile("a.mir", text)).toEqual({ failures: [], blessed: text });
  });

  it("may not be longer than somebody reads", () => {
    const many = Array.from({ length: 70 }, (_, index) => `  v${index + 1} = iadd v0, v0\n`).join(
      "",
    );
    const text = `; test print\nfunc @f(i32) {\nblock0(v0: i32):\n${many}  return\n}\n`;
    expect(runFile("a.mir", text).failures).toHaveLength(1);
  });
});

describe("expectations that are wrong fail", () => {
  const failures = (text: string): readonly string[] => runFile("a.mir", text).failures;

  it.each([
    "@f(1) == 2",
    "@f(1) traps unreachable",
    "@f(1) == 1, 1",
    "@f() == 1",
    "@f(x) == 1",
    "@f(4294967296) == 0",
    "@g(1) == 1",
    "@f(1)",
  ])("; run: %s", (run) => {
    expect(failures(`; test run\n; target interp\n\n${body}; run: ${run}\n`)).toHaveLength(1);
  });

  it("; run: on each target", () => {
    const found = failures(`; test run\n\n${body}; run: @f(1) == 2\n`);
    expect(found).toHaveLength(selectTargets([]).length);
  });

  it("; error: that is missing, unexpected, or on another line", () => {
    expect(failures(`; test verify\n${body}`)).toEqual([]);
    expect(failures(`; test verify\n${body}; error: x\n`)).toHaveLength(1);
    const bad = "; test verify\nfunc @f() {\nblock0:\n  return v0\n}\n";
    expect(failures(bad)).toHaveLength(2);
    expect(failures(bad.replace("block0:", "block0: ; error: v0 is not"))).toHaveLength(3);
  });

  it("directives that no command looks at", () => {
    expect(failures(`; test print\n${body}; run: @f(1) == 2\n`)).toHaveLength(1);
    expect(failures(`; test run\n${body}; run: @f(1) == 1\n; error: x\n`)).toHaveLength(1);
    expect(failures(`; test run\n${body}`)).toHaveLength(1);
  });

  it("MIR that cannot be read or is not well-formed", () => {
    expect(failures("; test run\nwhat\n")[0]).toContain("mir/unexpected-token");
    expect(failures("; test run\nfunc @f() {\n}\n")[0]).toContain("the function has no blocks");
  });

  it("passes and analyses that there are not", () => {
    expect(failures(`; test pass nothing\n${body}`)[0]).toContain("no pass `nothing`");
    expect(failures(`; test analysis nothing\n${body}`)[0]).toContain("no analysis `nothing`");
  });
});

describe("mistakes of the file are loud", () => {
  it.each([
    ["no command", `; tset run\n${body}`],
    ["an unknown command", `; test everything\n${body}`],
    ["a command for another language", "# test print\n"],
    ["two commands that print", `; test print\n; test pass dce\n${body}`],
  ])("%s", (_, text) => {
    const path = text.startsWith("#") ? "a.spl" : "a.mir";
    expect(() => runFile(path, text)).toThrow(TestFileError);
  });

  it("an unknown target", () => {
    const text = `; test run\n; target abacus\n${body}; run: @f(1) == 1\n`;
    expect(() => runFile("a.mir", text)).toThrow(/abacus/);
  });
});
