import { describe, expect, it } from "vitest";
import { checkProgram, programOfSeed, runCampaign } from "./simple-campaign.ts";
import { generateHeap } from "./heap-generator.ts";
import { generateSimple } from "./simple-generator.ts";
import { compile, runSpeculated } from "./simple-executors.ts";
import { reduce } from "./simple-reduce.ts";

/** CI runs more: ANNEAL_FUZZ_RUNS=2000. */
const runs = Number(process.env["ANNEAL_FUZZ_RUNS"] ?? 60);

/** What programs about the heap must use now and then. */
const features = [
  /^class /mu, /^struct /mu, /^enum /mu, /^trait /mu, /^impl /mu, /^ +me /mu, /^ +fn /mu, /\{text: /u, /\[\[/u, /\[Any\]/u, /\? =/u,
  /Result</u, /fn\(.*\) -> .* = \(?\\/u, /: fn\(.*\) -> .* = \\.*:$/mu, / for c\d+ in .*\]/u, /\.map\(/u, /\.filter\(/u,
  /\.(?:reduce|fold)\(/u, /\.sort\(/u, /\.zip\(/u, /\.push\(/u, /\.pop\(/u, /\.insert\(/u, /\.remove\(/u, /\.items\(\)/u,
  /\]\.(?:a\d+ = |do)/u, /\? *\?/u, /\w!(?!=)/u, /if val /u, /while val /u, /match /u, /case E\d+\.V\d+\(/u, /case .* if /u, / \?\? /u,
  /\?\.next/u, /\.unwrap\(\)/u, /worth\(.*\)\?/u, /class Stack<T>/u, /val \(h\d+, /u, /\{\w+:[<>^*.0-9]+s?\}/u, /^var g\d+: \[/mu,
  /\[-?\d:-?\d\]/u, /\[::-1\]/u, /\.split\(/u, / in h\d+\)/u, /\+= "/u, /: return /u,
]; // prettier-ignore

describe("generated programs", () => {
  it("are the same for the same seed", () => {
    expect(generateSimple(12, { size: 4 })).toBe(generateSimple(12, { size: 4 }));
    expect(generateSimple(12, { size: 4 })).not.toBe(generateSimple(13, { size: 4 }));
  });

  it("about the heap are the same for the same seed", () => {
    expect(generateHeap(12, { size: 4 })).toBe(generateHeap(12, { size: 4 }));
    expect(generateHeap(12, { size: 4 })).not.toBe(generateHeap(13, { size: 4 }));
  });

  it("use all that the language has", () => {
    const seeds = Array.from({ length: 300 }, (_, seed) => programOfSeed(seed, "heap"));
    for (const feature of features) {
      const uses = seeds.filter((source) => feature.test(source)).length;
      expect(`${feature} ${uses > 0}`).toBe(`${feature} true`);
    }
  });

  it("that are refused count as a difference", () => {
    expect(checkProgram("val x: i64 = true\n").difference?.executor).toBe("front end");
    expect(checkProgram("print 1\n")).toEqual({ difference: null, failed: false });
    expect(checkProgram("print 1 / (2 - 2)\n")).toEqual({ difference: null, failed: true });
  });

  it("mostly get code that is made for what they work on", () => {
    const seeds = Array.from({ length: 12 }, (_, seed) => programOfSeed(seed + 1));
    const speculated = seeds.filter((source) => {
      const module = compile(source);
      if (typeof module === "string") throw new Error(module);
      return [...runSpeculated(module, false)].some(({ executor }) => /speculated/.test(executor));
    });
    expect(speculated.length).toBeGreaterThan(seeds.length / 2);
  });

  it(`agree in every tier, seeds 1 to ${runs}`, { timeout: 20_000 + runs * 500 }, () => {
    const reports: string[] = [];
    const result = runCampaign({
      firstSeed: 1,
      count: runs,
      mostDifferences: 3,
      onDifference: (seed, source, { executor, expected, found }) => {
        reports.push(
          `seed ${seed}, ${executor}:\n${source}\nexpected:\n${expected}\nfound:\n${found}`,
        );
      },
    });
    expect(reports.join("\n")).toBe("");
    expect(result.programs).toBe(runs);
    // Some programs must stop with a runtime error, or traces are not compared at all; most must not.
    expect(result.errors).toBeLessThan(runs / 2);
    if (runs >= 60) expect(result.errors).toBeGreaterThan(0);
  });
});

describe("reduction", () => {
  it("keeps what the failure needs and drops the rest", () => {
    const source = programOfSeed(7);
    const extended = `${source}if true:\n    print (1 + (needle * 2))\n`;
    const reduced = reduce(extended, (candidate) => candidate.includes("needle"));
    expect(reduced.trim()).toContain("needle");
    expect(reduced.length).toBeLessThan(40);
  });
});
