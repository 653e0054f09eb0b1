// Objects for the fuzz test: the checked-in ones, and what the compilers of this machine make of the sources, of zlib, and of
// generated modules.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import {
  LlvmCompiler,
  type LlvmArchitecture,
  type LlvmLevel,
} from "../../src/codegen/llvm/index.ts";
import type { ElfMachine } from "../../src/object/elf/index.ts";
import { llvmCases, tapes } from "../fuzz/llvm-cases.ts";
import { loadFixtures } from "./fixtures.ts";
import { clang, compileLibrary, whyNoLibrary } from "./libraries.ts";
import { llvm } from "./llvm.ts";
import { hasTool } from "./oracle.ts";

/** An object of the corpus. */
export interface CorpusObject {
  readonly kind: "checked in" | "C" | "C++" | "zlib" | "generated";
  readonly machine: ElfMachine;
  readonly bytes: Uint8Array;
  /** It takes addresses for 32-bit numbers. */
  readonly low: boolean;
}

const sources = path.join(import.meta.dirname, "sources");
/** Objects that are larger make the test slow, and have nothing that smaller ones have not. */
const largest = 100_000;
/** Modules at each level for each machine. */
const modules = 6;

/** The checked-in objects, and if wanted all others that can be made here, which takes some seconds. */
export async function fuzzCorpus(all: boolean): Promise<readonly CorpusObject[]> {
  const checkedIn = loadFixtures().map(({ name, bytes, low }): CorpusObject => {
    const machine = name.split("-")[0] as ElfMachine;
    return { kind: "checked in", machine, bytes, low };
  });
  if (!all) return checkedIn;
  const compiled = hasTool(clang.c) ? compileSources() : [];
  const made = [...compiled, ...(await zlibObjects()), ...generatedObjects()];
  return [...checkedIn, ...made.filter(({ bytes }) => bytes.length <= largest)];
}

const targets: readonly (readonly [ElfMachine, string])[] = [
  ["x86_64", "--target=x86_64-linux-gnu"],
  ["aarch64", "--target=aarch64-linux-gnu"],
  ["i686", "--target=i686-linux-gnu"],
];

const variants: readonly (readonly string[])[] = [
  ["-O0", "-fPIC"],
  ["-O2", "-fPIC", "-g1"],
  ["-O3", "-fPIC", "-ffunction-sections", "-gdwarf-4"],
  ["-O2", "-fno-pic"],
];

function compileSources(): CorpusObject[] {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-corpus-"));
  const objects: CorpusObject[] = [];
  try {
    for (const [machine, target] of targets) {
      for (const [file, kind] of [
        ["mixed.c", "C"],
        ["calls.c", "C"],
        ["classes.cc", "C++"],
      ] as const) {
        for (const flags of variants) {
          const out = path.join(folder, "out.o");
          const input = [target, "-w", ...flags, "-c", path.join(sources, file), "-o", out];
          execFileSync(clang.c, input);
          const low = machine === "i686" || (machine === "x86_64" && flags.includes("-fno-pic"));
          objects.push({ kind, machine, bytes: Uint8Array.from(readFileSync(out)), low });
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return objects;
}

async function zlibObjects(): Promise<CorpusObject[]> {
  if (process.arch !== "x64" || whyNoLibrary("zlib", clang) !== "") return [];
  const objects = await compileLibrary("zlib", clang, ["-O2"]);
  return objects.map((bytes) => ({ kind: "zlib", machine: "x86_64", bytes, low: false }));
}

function generatedObjects(): CorpusObject[] {
  if (llvm === undefined) return [];
  const library = llvm;
  const lists = fc.sample(tapes, { numRuns: modules, seed: 5 });
  return (["x86_64", "aarch64", "i686"] as const satisfies readonly LlvmArchitecture[]).flatMap(
    (machine) => {
      const compiler = new LlvmCompiler(library, { architecture: machine });
      const levels: readonly LlvmLevel[] = [0, 2, 3];
      const objects = levels.flatMap((level) =>
        lists.map((numbers): CorpusObject => {
          const { module } = llvmCases(numbers, level);
          const bytes = compiler.compile(module, { name: "f", abiHash: "test", level });
          return { kind: "generated", machine, bytes, low: machine === "i686" };
        }),
      );
      compiler.dispose();
      return objects;
    },
  );
}
