import { describe, expect, it } from "vitest";
import { checkProgram, programOfSeed, runCampaign } from "./simple-campaign.ts";
import { generateSimple } from "./simple-generator.ts";
import { reduce } from "./simple-reduce.ts";

/** CI runs more: ANNEAL_FUZZ_RUNS=2000. */
const runs = Number(process.env["ANNEAL_FUZZ_RUNS"] ?? 60);

describe("generated programs", () => {
  it("are the same for the same seed", () => {
    expect(generateSimple(12, { size: 4 })).toBe(generateSimple(12, { size: 4 }));
    expect(generateSimple(12, { size: 4 })).not.toBe(generateSimple(13, { size: 4 }));
  });

  it("that are refused count as a difference", () => {
    expect(checkProgram("val x: i64 = true\n").difference?.executor).toBe("front end");
    expect(checkProgram("print 1\n")).toEqual({ difference: null, failed: false });
    expect(checkProgram("print 1 / (2 - 2)\n")).toEqual({ difference: null, failed: true });
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
