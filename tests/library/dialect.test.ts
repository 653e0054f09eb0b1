// The low-level dialect: what it adds, and that programs do not have it.
import { describe, expect, test } from "vitest";
import { DiagnosticSink, SourceFile } from "../../src/base/index.ts";
import { compileLowLevel, compileSource } from "../../src/frontend/simple/index.ts";
import { printHirModule } from "../../src/ir/hir/index.ts";
import { compileLibrary } from "../../src/library/index.ts";
import { librarySources } from "./image.ts";

function messages(source: string, lowLevel = true): string[] {
  const sink = new DiagnosticSink();
  const file = new SourceFile("a.spl", source);
  if (lowLevel) compileLowLevel(file, sink);
  else compileSource(file, sink);
  return sink.all.map(({ message }) => message);
}

describe("the dialect", () => {
  test("loads, stores, copies and fills", () => {
    const sink = new DiagnosticSink();
    const source = `
const OFFSET = 8u32
fn f(at: u32) -> i64:
    store_u16(at, 2, 7)
    store_f64(at, load_f64(at, OFFSET))
    memory_copy(at, at + 16, 8)
    memory_fill(at, 0xff, 4)
    load_i8(at, 4) as i64
`;
    const module = compileLowLevel(new SourceFile("a.spl", source), sink);
    expect(sink.all).toEqual([]);
    if (module === null) throw new Error("no module");
    expect(module.functions.map(({ symbol }) => symbol)).toEqual([".init", "f"]);
    expect(printHirModule(module)).toMatch(/memory_copy[^]*memory_fill/);
  });

  test.each([
    ["fn f(at: i64): store_u8(at, 1)", "the address must be `u32`, found `i64`"],
    ["fn f(at: u32): store_u8(at, 300)", "integer literal 300 is out of range for `u8`"],
    [
      "fn f(at: u32, by: u32): store_u8(at, by, 1)",
      "the offset must be a constant that is not negative",
    ],
    ["fn f(at: u32): store_u8(at)", "`store_u8` takes 2 or 3 arguments, found 1"],
    ["fn f(at: u32) -> u32: load_text(at)", "`load_text` is not declared"],
    ["extern fn rt_no_such()\nfn f(): rt_no_such()", "the host has no function `rt_no_such`"],
    ["extern fn rt_out_of_heap(bytes: u32)", "is `(i64) -> unit` on the host"],
  ])("%s", (source, message) => {
    expect(messages(source).join("\n")).toContain(message);
  });

  test("programs do not have it", () => {
    expect(messages("print load_u8(16u32)", false).join()).toContain("load_u8");
    expect(messages("memory_fill(0u32, 0, 1u32)", false).join()).toContain("memory_fill");
    const host = "extern fn rt_out_of_heap(bytes: i64)\nrt_out_of_heap(1)";
    expect(messages(host, false).join()).toContain("the host has no function `rt_out_of_heap`");
  });
});

describe("the library", () => {
  test("names the place of a mistake in its own file", () => {
    const [first, ...rest] = librarySources();
    if (first === undefined) throw new Error("no sources");
    const broken = { name: first.name, text: `${first.text}\nfn wrong() -> u32: nothing\n` };
    const line = broken.text.split("\n").length - 1;
    expect(() => compileLibrary([broken, ...rest])).toThrow(`${first.name}:${line}:20: `);
  });

  test("has exactly the functions of the table", () => {
    const [first, ...rest] = librarySources();
    if (first === undefined) throw new Error("no sources");
    const more = { name: "more.spl", text: "fn rt_not_in_table() -> u32: 1\n" };
    expect(() => compileLibrary([first, ...rest, more])).toThrow(
      "`rt_not_in_table` is not in the table",
    );
    const text = first.text
      .replace("fn rt_any_kind(", "fn any_kind(")
      .replaceAll(" rt_any_kind(", " any_kind(");
    expect(() => compileLibrary([{ name: first.name, text }, ...rest])).toThrow();
  });

  test("passes the verifiers after every pass", () => {
    expect(compileLibrary(librarySources(), { verify: true }).length).toBeLessThan(100_000);
  });
});
