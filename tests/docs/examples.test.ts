// The examples of the pages in docs/ run as they stand and print what the page says.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { whyNoJit } from "../jit/modules.ts";

const root = path.join(import.meta.dirname, "../..");

interface Example {
  readonly index: number;
  readonly code: string;
  readonly output: string;
}

/** Blocks of a language that are followed by what they print. */
function examplesOf(file: string, pattern: RegExp): Example[] {
  const page = readFileSync(path.join(root, file), "utf8");
  return [...page.matchAll(pattern)].map(([, code = "", output = ""], index) => ({
    index: index + 1,
    code,
    output,
  }));
}

function run(args: readonly string[], input: string): string {
  return execFileSync(process.execPath, args, { cwd: root, input, encoding: "utf8" });
}

describe("docs/embedding.md", () => {
  const pattern = /```js\n([^`]*(?:`[^`]+)*?)```\n\nIt prints:\n\n```text\n(.*?)```/gs;
  const examples = examplesOf("docs/embedding.md", pattern);

  it("has examples", () => expect(examples).toHaveLength(3));

  it.each(examples)("example $index prints what the page says", ({ code, output }) => {
    expect(run(["--input-type=module"], code)).toBe(output);
  });
});

describe.skipIf(whyNoJit !== "").each([
  ["docs/jit.md", 1],
  ["docs/kernels.md", 2],
])(`%s${whyNoJit}`, (page, count) => {
  const pattern = /```js\n([^`]*(?:`[^`]+)*?)```\n\nIt prints:\n\n```text\n(.*?)```/gs;
  const examples = examplesOf(page, pattern);

  it("has examples", () => expect(examples).toHaveLength(count));

  it.each(examples)("example $index prints what the page says", ({ code, output }) => {
    expect(run(["--input-type=module"], code)).toBe(output);
  });
});

describe.each([
  ["docs/language.md", 6],
  ["README.md", 1],
  ...(whyNoJit === "" ? [["docs/kernels.md", 1] as const] : []),
] as const)("%s", (page, least) => {
  const examples = examplesOf(page, /```simple\n(.*?)```\n\n```text\n(.*?)```/gs);

  it("has examples", () => expect(examples.length).toBeGreaterThanOrEqual(least));

  it.each(examples)("example $index prints what the page says", ({ code, output }) => {
    expect(run(["bin/anneal.js", "run", "-"], code)).toBe(output);
  });
});
