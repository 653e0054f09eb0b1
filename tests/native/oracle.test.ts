// The bytes that the loader writes equal those of the GNU linker, for the checked-in objects and for what the compilers of
// this machine make of the sources.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { ElfMachine } from "../../src/object/elf/index.ts";
import { loadFixtures } from "./fixtures.ts";
import { clang, compileLibrary, crossCompilers, whyNoLibrary } from "./libraries.ts";
import { binutils, compareWithLinker, hasTool } from "./oracle.ts";

const high = 0x7f12_3400_0000;
const low = 0x1000_0000;
const sources = path.join(import.meta.dirname, "sources");

const present: Readonly<Record<ElfMachine, boolean>> = {
  x86_64: hasTool(binutils.x86_64.ld),
  i686: hasTool(binutils.i686.ld),
  aarch64: hasTool(binutils.aarch64.ld),
};

describe("checked-in objects", () => {
  for (const { name, bytes, low: isLow } of loadFixtures()) {
    // The linker knows nothing of linear memory.
    if (name.includes("anneal")) continue;
    const machine = name.split("-")[0] as ElfMachine;
    const title = present[machine] ? name : `${name} (no ${binutils[machine].ld} on this machine)`;
    test.skipIf(!present[machine])(title, () => {
      const found = compareWithLinker(bytes, isLow ? low : high);
      expect(found.differences).toEqual([]);
      expect(found.relocations).toBeGreaterThan(5);
    });
  }
});

const models: Readonly<Record<string, readonly string[]>> = {
  pic: ["-fPIC"],
  pie: ["-fPIE", "-ffunction-sections", "-fdata-sections"],
  static: ["-fno-pic"],
  large: ["-fno-pic", "-mcmodel=large"],
};

const compilers: readonly { command: string; flags: readonly string[]; machine: ElfMachine }[] = [
  { command: "gcc", flags: [], machine: process.arch === "arm64" ? "aarch64" : "x86_64" },
  { command: "aarch64-linux-gnu-gcc", flags: [], machine: "aarch64" },
  { command: "clang-19", flags: ["--target=x86_64-linux-gnu"], machine: "x86_64" },
  { command: "clang-19", flags: ["--target=aarch64-linux-gnu"], machine: "aarch64" },
];

/** All five take a minute: `ELF_ORACLE_LEVELS="-O0 -O1 -O2 -O3 -Os"`. */
const levels = (process.env["ELF_ORACLE_LEVELS"] ?? "-O0 -O2").split(" ");

describe("objects compiled here", () => {
  for (const { command, flags, machine } of compilers) {
    const lacking = [command, binutils[machine].ld].filter((tool) => !hasTool(tool));
    const what = lacking.length === 0 ? "" : ` (no ${lacking.join(", ")} on this machine)`;
    test.skipIf(lacking.length > 0)(`${command} for ${machine}${what}`, () => {
      const folder = mkdtempSync(path.join(tmpdir(), "anneal-compiled-"));
      let objects = 0;
      try {
        for (const source of ["mixed.c", "calls.c"]) {
          for (const level of levels) {
            for (const [model, modelFlags] of Object.entries(models)) {
              const object = path.join(folder, "out.o");
              const input = ["-c", path.join(sources, source), "-o", object];
              execFileSync(command, [...flags, "-w", level, ...modelFlags, ...input]);
              const isLow = model === "static" && machine === "x86_64";
              const { differences } = compareWithLinker(readFileSync(object), isLow ? low : high);
              expect(differences, `${source} ${level} ${model}`).toEqual([]);
              objects += 1;
            }
          }
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
      expect(objects).toBe(8 * levels.length);
    });
  }
});

describe("objects of libraries", () => {
  for (const library of ["zlib", "lua"] as const) {
    for (const machine of ["x86_64", "aarch64"] as const) {
      const compiler = machine === "aarch64" ? crossCompilers(machine)[0] : clang;
      if (compiler === undefined) continue;
      const tool = present[machine] ? "" : ` (skipped: no ${binutils[machine].ld} on this machine)`;
      const why = tool === "" ? whyNoLibrary(library, compiler) : tool;
      const flags = machine === "aarch64" ? ["-O2", "-fPIC"] : ["-O2"];
      test.skipIf(why !== "")(`${library} by ${compiler.name}${why}`, async () => {
        let relocations = 0;
        for (const object of await compileLibrary(library, compiler, flags)) {
          const found = compareWithLinker(object, high);
          expect(found.differences).toEqual([]);
          relocations += found.relocations;
        }
        expect(relocations).toBeGreaterThan(300);
      });
    }
  }
});
