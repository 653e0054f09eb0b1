// The examples of docs/embedding.md run as they stand and print what the page says.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/embedding.md"), "utf8");
const examples = [...page.matchAll(/```js\n(.*?)```\n\nIt prints:\n\n```text\n(.*?)```/gs)];

describe("docs/embedding.md", () => {
  it("has examples", () => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  it.each(examples.map(([, code = "", output = ""], index) => ({ index, code, output })))(
    "example $index prints what the page says",
    ({ code, output }) => {
      const found = execFileSync(process.execPath, ["--input-type=module"], {
        cwd: root,
        input: code,
        encoding: "utf8",
      });
      expect(found).toBe(output);
    },
  );
});
