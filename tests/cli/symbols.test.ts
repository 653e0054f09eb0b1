import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ObjectError } from "../../src/object/index.ts";
import { readHostSymbols } from "../../src/object/elf/index.ts";
import { anneal, root, temporaryFile } from "./process.ts";

const library = `${root}/dist/bin/library.wasm`;

describe("anneal symbols", () => {
  it("lists what a wasm module has and needs", async () => {
    const { out, code } = await anneal(["symbols", library]);
    expect(code).toBe(0);
    expect(out).toMatch(/^function {2}rt_mark_root {2}\(i32\)/m);
    expect(out).toMatch(/^needs {5}env\.rt_out_of_heap {2}\(i64\)/m);
  });

  it("lists those of an executable, as JSON too", async () => {
    const { out, code } = await anneal(["symbols", process.execPath, "--json"]);
    expect(code).toBe(0);
    const symbols = JSON.parse(out) as { name: string; kind: string; defined: boolean }[];
    expect(symbols.find(({ name }) => name === "napi_create_object")).toMatchObject({
      kind: "function",
      defined: true,
    });
    expect(symbols.some(({ name, defined }) => name.startsWith("malloc") && !defined)).toBe(true);
  });

  it("refuses other files", async () => {
    const { err, code } = await anneal(["symbols", temporaryFile("a.txt", "hello, world")]);
    expect(code).toBe(2);
    expect(err).toContain("not ELF");
    expect((await anneal(["symbols", "/nowhere/at/all"])).code).toBe(2);
  });

  it("reads damaged files or refuses them", () => {
    const whole = readFileSync(`${root}/tests/native/fixtures/x86_64-gcc-classes.o`);
    expect(readHostSymbols(whole).length).toBeGreaterThan(0);
    let refused = 0;
    for (let at = 0; at < whole.length; at += 7) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = 0xff;
      try {
        readHostSymbols(damaged);
        readHostSymbols(damaged.subarray(0, at));
      } catch (error) {
        if (!(error instanceof ObjectError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(0);
  });
});
