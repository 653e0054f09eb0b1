import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { changedDefinitions, type SavedDefinitions } from "./changes.ts";

const program = `use lib.{helper}
var n = 0
val (w, h) = (60, 20)
class P:
    x: i64
impl P:
    fn double(self) -> i64: self.x * 2
fn area() -> i64: w * h
print area()
`;

/** What each save in a row changes. */
function saves(first: string, ...texts: readonly string[]): (readonly string[] | null)[] {
  let saved: SavedDefinitions | SourceFile = new SourceFile("a.spl", first);
  return texts.map((text) => {
    const changed = changedDefinitions(saved, new SourceFile("a.spl", text), new DiagnosticSink());
    saved = changed?.saved ?? saved;
    return changed === null ? null : changed.names;
  });
}

describe("what a saved file changes", () => {
  it("is what it says in other words, each at its place", () => {
    const text = program.replace("w * h", "w + h").replace("var n = 0", "# here\nvar n = 0");
    const changed = changedDefinitions(
      new SourceFile("a.spl", program),
      new SourceFile("a.spl", text),
      new DiagnosticSink(),
    );
    expect(changed?.names).toEqual(["area"]);
    expect(changed?.file.text.split("\n")[8]).toBe("fn area() -> i64: w + h");
  });

  it("is nothing of a file that was saved by halves", () => {
    const half = program.slice(0, program.indexOf("class"));
    expect(saves(program, "", program, half, program)).toEqual([[], ["use", "impl"], [], ["impl"]]);
    expect(saves(program, program.slice(0, -2), program)).toEqual([null, []]);
  });

  it("is each name of a pattern, and any of several declarations of a name", () => {
    expect(saves(program, program.replace("(60, 20)", "(80, 25)"))).toEqual([["w", "h"]]);
    const twice = `${program}val k = 1\nval k = 2\n`;
    expect(saves(program, twice, twice)).toEqual([["k", "k"], []]);
  });

  it("is an `impl` that is as it was before the last save", () => {
    const other = program.replace("* 2", "* 3");
    expect(saves(program, other, program)).toEqual([["impl"], ["impl"]]);
  });
});
