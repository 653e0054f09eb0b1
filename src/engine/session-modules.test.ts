// Pieces that import modules: their variables, and names that are declared again.
import { describe, expect, it } from "vitest";
import { SourceFile } from "../base/index.ts";
import { runtimeLibrary } from "../../tests/engine/runtime-library.ts";
import { testClock } from "../../tests/engine/harness.ts";
import { Session } from "./session.ts";

const modules: Readonly<Record<string, string>> = {
  first: 'val unit = 2.0\nvar v = 1\nval name = "one"\nfn get() -> i64: v\n',
  second: "var v = 100\nfn get() -> i64: v\nfn double(x: i64) -> i64: x * 2\n",
};

/** Evaluates pieces; gives what each prints. */
function session(): (...pieces: string[]) => string[] {
  let out = "";
  const files = new Map(
    Object.entries(modules).map(([name, text]) => [name, new SourceFile(`${name}.spl`, text)]),
  );
  const one = new Session({
    clock: testClock,
    verify: true,
    library: runtimeLibrary,
    heapBudget: 2 ** 21,
    resolve: (segments) => files.get(segments.join("/")) ?? null,
    write: (_, text) => {
      out += text;
    },
  });
  return (...pieces) =>
    pieces.map((piece) => {
      out = "";
      one.evaluate(new SourceFile("<input>", `${piece}\n`));
      return out.trimEnd();
    });
}

describe("modules in a session", () => {
  it("keep the values of their variables, whichever piece uses them first", () => {
    const say = session();
    say("use first\nuse second");
    expect(say("second.v", "first.v", "first.unit", "first.name")).toEqual([
      "100", "1", "2.0", "one",
    ]); // prettier-ignore
    say("first.v = 5", "var v = 7");
    expect(say("first.v", "second.v", "v", "first.get()", "second.get()")).toEqual([
      "5", "100", "7", "5", "100",
    ]); // prettier-ignore
    // The variables of a piece that fails are given back, no others.
    expect(() => say("var lost = [1]\nlost[1]")).toThrow("out of range");
    expect(say("use first.{name}\nname", "first.v", "second.v")).toEqual(["one", "5", "100"]);
  });

  it("give way to what is declared with the name of an import", () => {
    const say = session();
    say("use second.{double, get}", "fn four(): double(2)");
    expect(say("four()", "fn double(x: i64) -> i64: x * 20\nfour()", "double(1)", "get()")).toEqual(
      ["4", "40", "20", "100"],
    );
    expect(say("use second.{double}\nfour()", "double(1)")).toEqual(["4", "2"]);
  });
});
