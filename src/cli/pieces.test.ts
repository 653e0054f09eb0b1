import { describe, expect, it } from "vitest";
import { isUnfinished, PieceBuffer } from "./pieces.ts";

/** The pieces of an input, as a pipe or, with empty lines that end blocks, as a terminal gives them. */
function pieces(lines: readonly string[], interactive = false): string[] {
  const buffer = new PieceBuffer();
  const found = lines.flatMap((line) => buffer.add(line, interactive));
  return [...found, ...buffer.end()];
}

describe("pieces", () => {
  it("are single lines, without those that are empty", () => {
    expect(pieces(["1", "", "  # nothing", "2"])).toEqual(["1", "2"]);
  });

  it("are blocks up to the next line that is not indented", () => {
    expect(pieces(["fn f():", "    1", "", "    2", "f()"])).toEqual([
      "fn f():\n    1\n\n    2",
      "f()",
    ]);
  });

  it("are blocks up to an empty line at a terminal", () => {
    const buffer = new PieceBuffer();
    expect(buffer.add("fn f():", true)).toEqual([]);
    expect(buffer.open).toBe(true);
    expect(buffer.add("    1", true)).toEqual([]);
    expect(buffer.add("", true)).toEqual(["fn f():\n    1\n"]);
    expect(buffer.open).toBe(false);
  });

  it("keep the branches of a statement together", () => {
    const source = ["if a:", "    1", "elif b:", "    2", "else:", "    3"];
    expect(pieces([...source, "4"])).toEqual([source.join("\n"), "4"]);
  });

  it("go on while a bracket or a text is open", () => {
    expect(pieces(["f(1,", "2)", "3"])).toEqual(["f(1,\n2)", "3"]);
    expect(pieces(['val t = """a', "", 'b"""', "t"])).toEqual(['val t = """a\n\nb"""', "t"]);
    expect(pieces(["1 + \\", "2", "3"])).toEqual(["1 + \\\n2", "3"]);
  });

  it("go on behind an attribute", () => {
    expect(pieces(["#[test]", "fn f(): 1", "2"], true)).toEqual(["#[test]\nfn f(): 1", "2"]);
  });

  it("are forgotten by clear", () => {
    const buffer = new PieceBuffer();
    buffer.add("f(", true);
    buffer.clear();
    expect(buffer.open).toBe(false);
    expect(buffer.add("1", true)).toEqual(["1"]);
  });
});

describe("isUnfinished", () => {
  it.each([
    ["f(1", true],
    ["f(1)", false],
    ["[1, (2]", true],
    ['"(" + "["', false],
    ['"\\"("', false],
    ["'('", false],
    ["1 # (", false],
    ["f( # )", true],
    ["f( # )\n)", false],
    ['"""(', true],
    ['"""("""', false],
    ["1 \\", true],
  ])("%j: %s", (text, expected) => {
    expect(isUnfinished(text)).toBe(expected);
  });
});
