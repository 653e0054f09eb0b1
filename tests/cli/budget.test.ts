// The heap's budget, from outside: a program that allocates 10 GB in 4 MiB, and one that needs more than it has.
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { anneal, launcher, temporaryFile } from "./process.ts";

/** Keeps 240 entries of more than 4 KB alive. Each round makes a new one, by pushing, which takes 8 KB and more. */
const program = `
class Entry:
    name: text
    values: [i64]

fn fill(n: i64) -> [i64]:
    var all: [i64] = []
    for i in 0..500: all.push(n + i)
    all

fn round(kept: [Entry], n: i64) -> i64:
    val entry = Entry(name: "entry {n}", values: fill(n))
    kept[n % 240] = entry
    entry.values[n % 500]

fn run(rounds: i64) -> i64:
    var kept: [Entry] = []
    for i in 0..240: kept.push(Entry(name: "", values: fill(i)))
    var sum = 0
    for n in 0..rounds: sum += round(kept, n)
    for entry in kept: sum += entry.values.sum()
    sum
`;
const bytesOfRound = 8192;
const total = 10e9;

interface Measured {
  readonly out: string;
  readonly heap: { readonly collections: number; readonly live: number; readonly peak: number };
  /** KiB of memory that the process had at most. */
  readonly resident: number;
}

/** Has a process write at its end how much memory it had at most, in KiB. */
const writesResident = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from "node:fs";
   import { isMainThread } from "node:worker_threads";
   const write = () => writeSync(3, String(process.resourceUsage().maxRSS));
   if (isMainThread) process.on("exit", write);`,
)}`;

async function measure(rounds: number): Promise<Measured> {
  const file = temporaryFile("budget.spl", `${program}print run(${rounds})\n`);
  const args = ["--import", writesResident, launcher, "run", "--heap", "4MiB", "--stats=json"];
  const child = spawn(process.execPath, [...args, file], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const [, ...streams] = child.stdio;
  const [out = "", err = "", resident = ""] = await Promise.all(
    streams.map((stream) => text(stream as Readable)),
  );
  const { heap } = JSON.parse(err) as Measured;
  return { out, heap, resident: Number(resident) };
}

/** The sum that the program prints. */
function expected(rounds: number): string {
  let sum = 0;
  for (let n = 0; n < rounds; n += 1) sum += n + (n % 500);
  for (let n = rounds - 240; n < rounds; n += 1) sum += 500 * n + (500 * 499) / 2;
  return `${sum}\n`;
}

it("10 GB in all with 1 MiB alive run in 4 MiB, and the process does not grow", async () => {
  const short = await measure(2000);
  expect(short.out).toBe(expected(2000));
  const rounds = Math.ceil(total / bytesOfRound);
  const long = await measure(rounds);
  expect(long.out).toBe(expected(rounds));
  expect(long.heap.live).toBeGreaterThan(1e6);
  expect(long.heap.live).toBeLessThan(2e6);
  expect(long.heap.peak).toBeLessThan(4 * 2 ** 20);
  // A collection frees less than the whole heap.
  expect(long.heap.collections).toBeGreaterThan(total / (4 * 2 ** 20));
  // Both compile the same code; the host's own heap takes what it likes of this.
  expect(short.resident).toBeGreaterThan(10 * 1024);
  expect(short.resident).toBeLessThan(2 ** 20);
  expect(long.resident - short.resident).toBeLessThan(40 * 1024);
});

it("what needs more than the budget fails with the figures, and runs with more", async () => {
  const input = `${program}\nvar all: [Entry] = []\nfor i in 0..3000: all.push(Entry(name: "", values: fill(i)))\nprint all.len()\n`;
  for (const mode of ["interpret", "jit", "auto"]) {
    const failed = await anneal(["run", "--heap", "4MiB", "--mode", mode, "-"], { input });
    expect(failed.code).toBe(1);
    expect(failed.out).toBe("");
    expect(failed.err).toMatch(
      /^<stdin>:8:\d+: runtime error: out of heap: [\d.]+ MiB in use, needed [\d.]+ (B|KiB|bytes) more\n/,
    );
    expect(failed.err).toContain("    for i in 0..500: all.push(n + i)\n");
    expect(failed.err).toContain("  help: run it with a larger --heap, such as --heap 8MiB\n");
    expect(failed.err).toContain("  at fill (<stdin>:8:");
  }
  const { code, out } = await anneal(["run", "--heap", "32MiB", "-"], { input });
  expect({ code, out }).toEqual({ code: 0, out: "3000\n" });
});
