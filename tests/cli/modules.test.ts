// Programs of several files.
import { mkdtempSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { anneal } from "./process.ts";

function program(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-modules-"));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

const shapes = `
class Box:
    side: i64

    fn area() -> i64: self.side * self.side

fn make(side: i64) -> Box: Box(side: side)
var made = 0
fn count() -> i64:
    made += 1
    made
print "shapes"
export Box, make, count
`;

describe("modules on disk", () => {
  it.each(["interpret", "jit", "auto"])(
    "are found beside the program, in mode %s",
    async (mode) => {
      const folder = program({
        "main.spl": `
use geometry.shapes.{make, Box, count}
import geometry.shapes
print make(3).area()
print Box(side: 4).area() + shapes.count() + count()
`,
        "geometry/shapes.spl": shapes,
      });
      const result = await anneal(["run", "--mode", mode, path.join(folder, "main.spl")]);
      expect(result).toMatchObject({ code: 0, err: "", out: "shapes\n9\n19\n" });
    },
  );

  it("run once, before their importers", async () => {
    const folder = program({
      "main.spl": "use a.{one}\nuse b.{two}\nprint one + two\n",
      "a.spl": 'use b.{two}\nprint "a"\nval one = two - 1\n',
      "b.spl": 'print "b"\nval two = 2\n',
    });
    const { out, err } = await anneal(["run", path.join(folder, "main.spl")]);
    expect(err).toBe("");
    expect(out).toBe("b\na\n3\n");
  });

  it("have their own places in messages and traces", async () => {
    const folder = program({
      "main.spl": "use broken.{half}\nprint half(1)\n",
      "broken.spl": "fn half(n: i64) -> i64: n / (n - 1)\n",
      "wrong.spl": "fn f() -> i64: nope\n",
      "uses_wrong.spl": "use wrong.{f}\nuse nowhere.{g}\nprint f()\n",
    });
    const at = (name: string): string => path.join(folder, name);
    const failed = await anneal(["run", at("main.spl")]);
    expect(failed.code).toBe(1);
    expect(failed.err).toMatch(/^\S*broken\.spl:1:25: runtime error: division by zero\n/);
    expect(failed.err).toContain("  1 | fn half(n: i64) -> i64: n / (n - 1)\n");
    expect(failed.err).toContain(`at top level (${at("main.spl")}:2:7)`);
    const wrong = await anneal(["run", at("uses_wrong.spl")]);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("uses_wrong.spl:2:5: error: ");
    expect(wrong.err).toContain("[resolve/unknown-module]");
  });

  it("are compiled on other threads as well", async () => {
    const folder = program({
      "main.spl": "use work.{sum}\nvar total = 0\nfor i in 0..3000: total += sum(i)\nprint total\n",
      "work.spl":
        "fn sum(n: i64) -> i64:\n    var s = 0\n    for k in 0..n: s += k % 7\n    s\nexport sum\n",
    });
    const { out, err } = await anneal(["run", "--verbose", path.join(folder, "main.spl")]);
    expect(out).toBe("13483502\n");
    expect(err).toMatch(/sum\S* .* → wasm tier 2/);
  });
});
