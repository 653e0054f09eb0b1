// A match with thousands of arms.
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../../base/index.ts";
import { runInterpreted } from "../../../interp/index.ts";
import { verifyHir } from "../../../ir/hir/index.ts";
import { compileSource } from "../index.ts";

const count = 5000;

function run(source: string): string {
  const sink = new DiagnosticSink();
  const module = compileSource(new SourceFile("t.spl", source), sink);
  if (module === null) return sink.all.map(({ code }) => code).join("\n");
  expect(verifyHir(module)).toEqual([]);
  const { out, error } = runInterpreted(module, () => undefined);
  return error === null ? out : error.message;
}

function arms(write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `        case ${write(index)}\n`).join("");
}

describe("a match with very many arms", () => {
  it("is a value", () => {
    const source = `fn f(x: i64) -> u8:
    match x:
${arms((index) => `${3 * index}: ${index % 256}`)}        case v if v < 0: 255
        case _: 7
print "{f(0)} {f(3)} {f(192)} {f(195)} {f(${3 * (count - 1)})} {f(1)} {f(-1)}"
`;
    expect(run(source)).toBe(`0 1 64 65 ${(count - 1) % 256} 7 255\n`);
  });

  it("is a statement; its guards are evaluated in order until one holds", () => {
    const source = `var asked = 0
fn ask(x: i64, limit: i64) -> bool:
    asked = asked + 1
    x == limit
fn f(x: i64):
    match x:
${arms((index) => `v if ask(v, ${index}): print "{v} of ${index}"`)}
f(0)
f(100)
print asked
f(-1)
print asked
f(${count - 1})
`;
    expect(run(source)).toBe(
      `0 of 0\n100 of 100\n102\n${102 + count}\n${count - 1} of ${count - 1}\n`,
    );
  });

  it("ends at an arm that always fits", () => {
    const source = `fn f(x: i64) -> i64:
    match x:
        case 1: 10
        case n: n * 2
${arms((index) => `${index}: ${index}`)}
print f(1) + f(2)
`;
    expect(run(source)).toBe("14\n");
  });

  it("must cover every value where it is one", () => {
    const source = `fn f(x: i64) -> i64:
    match x:
${arms((index) => `${index}: ${index}`)}
print f(1)
`;
    expect(run(source)).toBe("type/missing-return");
  });
});
