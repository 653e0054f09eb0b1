// `anneal test`: its report, its exit codes, its tiers.
import { mkdtempSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { nativeBackend } from "../engine/native-backend.ts";
import { anneal } from "./process.ts";

/** A fresh folder with these files, by path. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-specs-"));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

const mixed = `
use twice.{twice}

describe "twice":
    it "doubles":
        expect twice(4) == 8
    it "goes wrong":
        expect twice(2) == 5
    it "waits", skip:
        expect false
    context "of zero":
        it "is zero":
            expect(twice(0)).to_equal(0)
`;
const module = "fn twice(n: i64) -> i64: n * 2\nexport twice\n";
const good = 'describe "sums":\n    it "adds":\n        expect 1 + 1 == 2\n';

describe("anneal test", () => {
  it("shows groups, examples, and what failed with its place", async () => {
    const folder = folderWith({ "mixed_spec.spl": mixed, "twice.spl": module });
    const file = path.join(folder, "mixed_spec.spl");
    const { code, out, err } = await anneal(["test", file]);
    expect(err).toBe("");
    const lines = out.split("\n").map((line) => line.trimEnd());
    expect(lines.slice(0, 5)).toEqual([
      file,
      "  twice",
      "    ✓ doubles",
      "    ✗ goes wrong",
      `        ${file}:8:9: runtime error: expected 4 == 5`,
    ]);
    expect(lines).toContain("    - waits (skipped)");
    expect(lines.slice(lines.indexOf("    of zero"))).toEqual([
      "    of zero",
      "      ✓ is zero",
      "",
      "2 passed, 1 failed, 1 skipped",
      "",
    ]);
    expect(code).toBe(1);
  });

  it("ends with 0 if something passed and nothing failed", async () => {
    const folder = folderWith({ "good_spec.spl": good });
    const { code, out } = await anneal(["test", path.join(folder, "good_spec.spl")]);
    expect(code).toBe(0);
    expect(out).toMatch(/\n1 passed, 0 failed, 0 skipped\n$/);
  });

  it("runs all specs of a folder, and no other files", async () => {
    const folder = folderWith({
      "a_spec.spl": good,
      "deep/er/b_spec.spl": good,
      "program.spl": 'print "not a spec"\n',
    });
    const { code, out } = await anneal(["test", folder]);
    expect(code).toBe(0);
    expect(out).toMatch(/\n2 passed, 0 failed, 0 skipped\n$/);
    expect(out).not.toContain("not a spec");
  });

  it("knows all forms, in each tier", async () => {
    const { code, out } = await anneal(["test", "--tier", "all", `${import.meta.dirname}/specs`]);
    expect(out).not.toContain("✗");
    expect(code).toBe(0);
    expect(out).toMatch(/\n9 passed, 0 failed, 1 skipped\n$/);
  });

  it("fails if nothing was executed", async () => {
    const folder = folderWith({
      "none_spec.spl": "print 1\n",
      "skipped_spec.spl": 'it "waits", skip:\n    expect true\n',
    });
    const none = await anneal(["test", path.join(folder, "none_spec.spl")]);
    expect(none.code).toBe(1);
    expect(none.out).toMatch(/\nno examples were executed\n0 passed, 0 failed, 0 skipped\n$/);
    const skipped = await anneal(["test", path.join(folder, "skipped_spec.spl")]);
    expect(skipped.code).toBe(1);
    expect(skipped.out).toMatch(/\nno examples were executed\n0 passed, 0 failed, 1 skipped\n$/);
  });

  it("counts a file that ends early as a failure and goes on with the next", async () => {
    const folder = folderWith({
      "a_spec.spl": 'it "has a mistake":\n    expect nope\n',
      "b_spec.spl": `${good}print 1 / (2 - 2)\n`,
    });
    const { code, out } = await anneal(["test", folder]);
    expect(code).toBe(1);
    expect(out).toContain("`nope` is not declared");
    expect(out).toContain("runtime error: division by zero");
    expect(out).toMatch(/\n1 passed, 2 failed, 0 skipped\n$/);
  });

  it("shows what the specs print", async () => {
    const folder = folderWith({ "loud_spec.spl": `print "heard"\n${good}` });
    const { out } = await anneal(["test", folder]);
    expect(out).toContain("\n  | heard\n");
  });

  it.each(["interpret", "jit", "all"])("runs in --tier %s", async (tier) => {
    const folder = folderWith({ "mixed_spec.spl": mixed, "twice.spl": module });
    const options = ["--tier", tier, "--gc-stress", "--heap", "2MiB"];
    const { code, out } = await anneal(["test", ...options, folder]);
    expect(code).toBe(1);
    expect(out).toMatch(/\n2 passed, 1 failed, 1 skipped\n$/);
  });

  it("compares the tiers", async () => {
    const clock = "extern fn rt_time_now_nanos() -> i64\n";
    const text = `${clock}it "prints":\n    print rt_time_now_nanos()\n    expect true\n`;
    const folder = folderWith({ "odd_spec.spl": text });
    const { code, out } = await anneal(["test", "--tier", "all", folder]);
    expect(code).toBe(1);
    expect(out).toContain("  ✗ the tiers differ\n");
    expect(out).toContain("the output in jit is not that in interpret");
  });

  it("says what it does not find", async () => {
    const folder = folderWith({ "program.spl": "print 1\n" });
    const missing = await anneal(["test", path.join(folder, "nothing")]);
    expect(missing).toMatchObject({ code: 2, out: "" });
    expect(missing.err).toContain("no such file or folder");
    const empty = await anneal(["test", folder]);
    expect(empty.code).toBe(2);
    expect(empty.err).toContain("there are no specs in");
    const tier = await anneal(["test", "--tier", "fast", folder]);
    expect(tier.code).toBe(2);
    expect(tier.err).toContain("`--tier` takes auto, interpret, jit, all, found `fast`");
  });

  it.skipIf(nativeBackend === undefined)("runs specs in native code", async () => {
    const folder = folderWith({ "mixed_spec.spl": mixed, "twice.spl": module });
    const file = path.join(folder, "mixed_spec.spl");
    const wasm = await anneal(["test", file, "--tier", "all"]);
    const native = await anneal(["test", file, "--tier", "all", "--backend", "llvm"]);
    expect(native).toEqual(wasm);
    const unknown = await anneal(["test", file, "--backend", "nope"]);
    expect([unknown.code, unknown.err]).toEqual([
      2,
      "anneal: error: `--backend` takes auto, wasm, llvm, found `nope`\n",
    ]);
  });
});
