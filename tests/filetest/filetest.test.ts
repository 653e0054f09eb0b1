// Every file under tests/filetests is one test. `BLESS=1` rewrites golden blocks.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runFile } from "./runner.ts";

const folder = fileURLToPath(new URL("../filetests/", import.meta.url));
const bless = process.env["BLESS"] === "1";
if (bless && process.env["CI"] !== undefined) throw new Error("BLESS is refused where CI is set");

const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(mir|spl)$/.test(path))
  .toSorted();

describe("filetests", () => {
  it.each(paths)("%s", (path) => {
    const text = readFileSync(folder + path, "utf8");
    const { failures, blessed } = runFile(path, text);
    expect(failures.join("\n")).toBe("");
    if (bless && blessed !== text) writeFileSync(folder + path, blessed);
    else expect(blessed, `golden blocks differ; BLESS=1 npx vitest run -t ${path}`).toBe(text);
  });
});
