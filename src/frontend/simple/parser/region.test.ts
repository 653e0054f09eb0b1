import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../../base/index.ts";
import { dumpModule } from "../dump.ts";
import { parse } from "../parser.ts";

/** The tree of a region that begins at a column, or its errors. */
function region(text: string, column = 1): string {
  const sink = new DiagnosticSink();
  const file = new SourceFile("t.spl", text, { line: 7, column });
  const module = parse(file, sink, "region");
  if (sink.all.length === 0) return dumpModule(module);
  return sink.all
    .map(({ message, span }) => {
      const { line, column: at } = file.position(span?.start ?? 0);
      return `${line}:${at} ${message}`;
    })
    .join("\n");
}

/** The same text as all of a file. */
function whole(text: string): string {
  return dumpModule(parse(new SourceFile("t.spl", text), new DiagnosticSink()));
}

const body = "val a = 1\nif a == 1:\n    f(a)\nelse:\n    g(a,\nb)\n# c\na + 2\n";

describe("a region", () => {
  it("may be indented", () => {
    const indented = body.replaceAll(/^(?=.)/gm, "    ");
    expect(region(indented)).toBe(whole(body));
    expect(region(indented.replaceAll(/^ {4}/gm, "\t"))).toBe(whole(body));
    expect(region("        a + 2")).toBe(whole("a + 2"));
    expect(region("\n\n    # c\n    a\n    b")).toBe(whole("a\nb"));
  });

  it("may begin at the first word of an indented line", () => {
    const indented = body.replaceAll(/^(?=.)/gm, "    ").trimStart();
    expect(region(indented, 5)).toBe(whole(body));
    expect(region("if a:\n        b\n    else:\n        c", 5)).toBe(
      whole("if a:\n    b\nelse:\n    c"),
    );
  });

  it("may have been moved to the left by who says where it was", () => {
    for (const column of [1, 3, 5, 9]) {
      expect(region("if a:\n    b\nc", column)).toBe(whole("if a:\n    b\nc"));
      expect(region("if a:\n    b\n    c", column)).toBe(whole("if a:\n    b\n    c"));
    }
    expect(region("a\nb", 5)).toBe(whole("a\nb"));
  });

  it.each([
    ["    a\nb", 1, "7:5 found an indentation of 4, expected 0 as in the lines after"],
    [
      "        a\n    b\n    c",
      1,
      "7:9 found an indentation of 8, expected 4 as in the lines after",
    ],
    [
      "    a\n        b\n    c",
      1,
      "8:9 found an indentation of 8, expected 4 as in the lines before",
    ],
    ["a\n    b", 1, "8:5 found an indentation of 4, expected 0 as in the lines before"],
    ["a\n        b", 5, "8:9 found an indentation of 8, expected 4 as in the lines before"],
    ["    if a:\n    b", 1, "7:10 found no deeper line, expected the body of `if`"],
  ])("%j from column %i has lines that do not fit", (text, column, message) => {
    expect(region(text, column)).toBe(message);
  });

  it("is nothing for a file", () => {
    const sink = new DiagnosticSink();
    parse(new SourceFile("t.spl", "    a"), sink);
    expect(sink.all.map(({ message }) => message)).toEqual([
      "found an indentation of 4, expected 0 as in the lines after",
    ]);
  });
});
