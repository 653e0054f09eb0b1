// bin/anneal.js before it gets to the bundles: old Node, missing build.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { launcher, root } from "./process.ts";

it.each(["18.20.4", "20.18.3"])("refuses Node %s with a clear message", (version) => {
  const pretend = `Object.defineProperty(process.versions, "node", { value: "${version}" });`;
  const result = spawnSync(process.execPath, [
    "--eval",
    `${pretend} require(${JSON.stringify(launcher)});`,
  ]);
  expect(result.status).toBe(2);
  expect(result.stderr.toString()).toMatch(/^anneal needs Node 20\.19 or newer, this is v/);
});

it("says how to build when there is no build", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-test-"));
  cpSync(path.join(root, "bin"), path.join(folder, "bin"), { recursive: true });
  const result = spawnSync(process.execPath, [path.join(folder, "bin/anneal.js"), "--version"]);
  expect(result.status).toBe(2);
  expect(result.stderr.toString()).toContain("anneal is not built: run `npm ci`");
});
