import { describe, expect, it } from "vitest";
import { SourceFile } from "../base/index.ts";
import type { RunStats } from "../engine/index.ts";
import { ProgramError } from "../runtime/index.ts";
import { renderDiagnostics, renderInternalError, renderProgramError } from "./render.ts";
import { formatStatsJson, formatStatsTable, formatTierEvent } from "./stats.ts";

const file = new SourceFile("a.spl", "fn f(n: i64) -> i64:\n    \t1 / n\nprint f(0)\n");

const sources = (path: string) => (path === file.path ? file : undefined);

describe("renderProgramError", () => {
  const error = new ProgramError("division_by_zero", "division by zero");
  error.addFrame({ function: "f", file: "a.spl", line: 2, column: 8 });
  error.addFrame({ function: "main", file: "a.spl", line: 3, column: 7 });

  it("shows the place, the line and the chain of calls", () => {
    expect(renderProgramError(error, sources, false)).toBe(
      [
        "a.spl:2:8: runtime error: division by zero",
        "  2 |     \t1 / n",
        "    |     \t  ^",
        "  at f (a.spl:2:8)",
        "  at main (a.spl:3:7)",
        "",
      ].join("\n"),
    );
  });

  it("has colour only on request", () => {
    expect(renderProgramError(error, sources, true)).toContain(
      "\u001b[31mruntime error:\u001b[39m",
    );
    expect(renderProgramError(error, sources, true)).toContain("\u001b[32m^\u001b[39m");
  });

  it("does without a trace", () => {
    const bare = new ProgramError("fail", "no luck");
    expect(renderProgramError(bare, sources, false)).toBe("runtime error: no luck\n");
  });

  it("an interrupt is no error of the program", () => {
    const stop = new ProgramError("interrupted", "interrupted");
    stop.addFrame({ function: "f", file: "a.spl", line: 1, column: 1 });
    expect(renderProgramError(stop, sources, false)).toMatch(/^a\.spl:1:1: interrupted\n/);
  });
});

describe("renderDiagnostics", () => {
  it("counts several errors, but no warnings", () => {
    const one = { severity: "error", code: "type/x", message: "bad" } as const;
    expect(renderDiagnostics([one], false)).toBe("error: bad [type/x]\n");
    expect(renderDiagnostics([one, { ...one, severity: "warning" }], false)).not.toContain(
      "errors",
    );
    expect(renderDiagnostics([one, one], false)).toMatch(/\n2 errors\n$/);
  });
});

it("an internal error asks for a report and hides the stack", () => {
  const failure = new Error("broken");
  expect(renderInternalError(failure, "1.2.3", false)).toContain("anneal 1.2.3, node v");
  expect(renderInternalError(failure, "1.2.3", false)).not.toContain("render.test");
  expect(renderInternalError(failure, "1.2.3", true)).toContain("render.test");
});

describe("figures", () => {
  const stats: RunStats = {
    mode: "auto",
    functions: Array.from({ length: 25 }, (_, index) => ({
      function: `f${index}`,
      tier: index === 0 ? "wasm" : "interp",
      calls: index,
      compileTime: index === 0 ? 0.25 : 0,
      codeBytes: index === 0 ? 120 : 0,
    })),
    compiles: 1,
    compileTime: 0.25,
    codeBytes: 120,
    frontendTime: 1.5,
    runTime: 3.25,
    samples: null,
    pauses: { count: 2, longest: 0.75, total: 1 },
    events: [],
    heap: null,
  };

  it("columns stand under their heads", () => {
    const [head = "", first = "", second = ""] = formatStatsTable(stats).split("\n");
    expect(first.indexOf("0.25 ms") + "0.25 ms".length).toBe(
      head.indexOf("compile") + "compile".length,
    );
    expect(first).toHaveLength(head.length);
    expect(second).toHaveLength(head.length);
  });

  it("shows the first functions and counts the rest", () => {
    expect(formatStatsTable(stats)).toContain("\n… 5 more functions\n");
    expect(formatStatsTable(stats)).toContain("mode auto: 1 compile, 0.25 ms, 120 B of code");
  });

  it("has a line about pauses if there were any", () => {
    expect(formatStatsTable(stats)).toContain(
      "\n2 pauses for the tiers: longest 0.75 ms, 1.00 ms in all\n",
    );
    const pauses = { count: 0, longest: 0, total: 0 };
    expect(formatStatsTable({ ...stats, pauses })).not.toContain("pause");
  });

  it("has a line about the heap if the program uses it", () => {
    expect(formatStatsTable(stats)).not.toContain("heap");
    const heap = { collections: 3, live: 2048, peak: 5 * 2 ** 20 };
    expect(formatStatsTable({ ...stats, heap })).toContain(
      "\nheap: 3 collections, 2 KiB alive after the last, 5 MiB at most\n",
    );
    const calm = { collections: 0, live: 0, peak: 16384 };
    expect(formatStatsTable({ ...stats, heap: calm })).toContain(
      "\nheap: 0 collections, 16 KiB at most\n",
    );
  });

  it("JSON is one line that reads back", () => {
    const text = formatStatsJson(stats);
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(text)).toEqual(stats);
  });

  it("a decision that compiles nothing has no cost columns", () => {
    const event = {
      time: 1,
      function: "f",
      from: "interp",
      to: "wasm",
      reason: "10 calls",
      compileTime: 0,
      codeBytes: 0,
    };
    expect(formatTierEvent(event)).toMatch(/10 calls\n$/);
    expect(formatTierEvent({ ...event, compileTime: 0.5, codeBytes: 99 })).toMatch(
      /0\.50 ms +99 B\n$/,
    );
  });
});
