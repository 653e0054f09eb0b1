import { describe, expect, it } from "vitest";
import { observe, testClock, type Observation } from "../../tests/engine/harness.ts";
import type { SourceFile } from "../base/index.ts";
import { hostWebAssembly, type WasmMemory, type WasmModule } from "../loader/index.ts";
import { resultsWordAddress } from "../runtime/index.ts";
import {
  BackgroundService,
  type BackgroundCompiler,
  type BackgroundRequest,
  type BackgroundResult,
} from "./background.ts";
import type { EngineOptions, TierEvent } from "./options.ts";

/** The other thread, in this one: it compiles when the program has written often enough. */
class SlowCompiler implements BackgroundCompiler {
  readonly requests: BackgroundRequest[] = [];
  readonly #service: BackgroundService;
  readonly #memory: WasmMemory;
  readonly #ready: BackgroundResult[] = [];

  constructor(file: SourceFile, memory: WasmMemory) {
    this.#service = new BackgroundService(file, [], {
      now: () => Number(testClock.monotonicNanos()) / 1e6,
    });
    this.#memory = memory;
  }

  request(request: BackgroundRequest): void {
    // What crosses threads is plain data.
    this.requests.push(structuredClone(request));
  }

  take(): BackgroundResult[] {
    return this.#ready.splice(0);
  }

  finish(change: (result: BackgroundResult) => BackgroundResult[]): void {
    for (const request of this.requests) {
      this.#ready.push(...change(this.#service.compile(request)));
    }
    Atomics.store(new Int32Array(this.#memory.buffer), resultsWordAddress >> 2, 1);
  }
}

interface Slow {
  readonly observation: Observation;
  readonly requests: readonly BackgroundRequest[];
}

/** Runs a program whose compiler finishes at the write of this number. */
function runSlowly(
  source: string,
  finishAt: number,
  options: Partial<EngineOptions> = {},
  change: (result: BackgroundResult) => BackgroundResult[] = (result) => [result],
): Slow {
  let compiler: SlowCompiler | undefined;
  let writes = 0;
  const observation = observe(source, {
    sharedMemory: true,
    background: ({ file, memory }) => (compiler = new SlowCompiler(file, memory)),
    write: () => {
      writes += 1;
      if (writes === finishAt) compiler?.finish(change);
    },
    ...options,
  });
  return { observation, requests: compiler?.requests ?? [] };
}

function lines(events: readonly TierEvent[]): string[] {
  return events.map((one) => `${one.function}: ${one.from} -> ${one.to}, ${one.reason}`);
}

/** `step` is called from a loop of tier 0 often enough for tier 2; the loop stays there. */
const source = `
fn half(n: i64) -> i64: n / 2
fn step(n: i64) -> i64: half(n) + 1
var x = 1000000
for k in 0..60:
    for i in 0..1000: x = step(x + i)
    print x
`;
const callsOnly = { loopThreshold: 1e9, threshold: 10 };
const expected = observe(source, { mode: "interpret" }).observed;

describe("compilation on another thread", () => {
  it("is installed when the results are there", () => {
    const { observation, requests } = runSlowly(source, 20, callsOnly);
    expect(observation.observed).toEqual(expected);
    expect(requests.length).toBe(1);
    expect(lines(observation.events)).toEqual([
      "step: interpreter -> wasm tier 1, 10 calls",
      "half: interpreter -> wasm tier 1, in the unit of step",
      "step: wasm tier 1 -> wasm tier 2, 100 calls in wasm tier 1",
      "half: wasm tier 1 -> wasm tier 2, in the unit of step",
    ]);
  });

  it("may never finish", () => {
    const { observation, requests } = runSlowly(source, 1e9, callsOnly);
    expect(observation.observed).toEqual(expected);
    expect(requests.length).toBe(1);
    expect(observation.events.length).toBe(2);
  });

  it("may answer twice, or to what nobody asked", () => {
    const { observation } = runSlowly(source, 20, callsOnly, (result) => [
      { ...result, id: 77 },
      result,
      result,
    ]);
    expect(observation.observed).toEqual(expected);
    expect(observation.events.length).toBe(4);
  });

  it("installs one result after the other", () => {
    const two = `
fn left(n: i64) -> i64: n / 2
fn right(n: i64) -> i64: n / 3
var x = 1000000
for k in 0..40:
    for i in 0..200: x = left(x + i)
    print x
for k in 0..40:
    for i in 0..2000: x = right(x + i)
    print x
`;
    const { observation, requests } = runSlowly(two, 60, callsOnly);
    expect(observation.observed).toEqual(observe(two, { mode: "interpret" }).observed);
    expect(requests.length).toBe(2);
    const second = observation.events.filter(({ to }) => to === "wasm tier 2");
    expect(second.map((event) => event.function)).toEqual(["left", "right"]);
    expect(observation.program.stats().pauses.count).toBeGreaterThanOrEqual(2);
  });

  it("is of no use when the functions got to tier 2 in the meantime", () => {
    // The inner loop is promoted, with what it calls, behind the 50th write.
    const loops = { loopThreshold: 50_000, threshold: 10 };
    const { observation, requests } = runSlowly(source, 55, loops);
    expect(observation.observed).toEqual(expected);
    expect(requests.length).toBe(1);
    const text = lines(observation.events);
    expect(text).toContain("step: wasm tier 1 -> wasm tier 2, in the unit of top level");
    expect(text.filter((one) => one.includes("100 calls"))).toEqual([]);
  });

  it("reaches a loop that runs in tier 1 all the time", () => {
    const long = `
fn long(n: i64) -> i64:
    var sum = 0
    for i in 0..n:
        for j in 0..10: sum += i ^ j
        if i % 100 == 0: print i
    sum
print long(5000)
`;
    const options = { threshold: 1, loopThreshold: 1e9, loopFuel: 16 };
    const { observation } = runSlowly(long, 20, options);
    expect(observation.observed).toEqual(observe(long, { mode: "interpret" }).observed);
    expect(lines(observation.events)).toContain(
      "long loop at line 4: wasm tier 1 -> wasm tier 2, in the unit of long",
    );
  });

  const failures: Readonly<Record<string, (result: BackgroundResult) => BackgroundResult[]>> = {
    "a failure": (result) => [{ ...result, object: null, error: "Error: no registers left" }],
    "bytes that are no object": (result) => [{ ...result, object: Uint8Array.of(0, 97, 115) }],
  };
  for (const [title, change] of Object.entries(failures)) {
    it(`leaves the program running after ${title}`, () => {
      const options = { ...callsOnly, verify: false };
      const { observation } = runSlowly(source, 20, options, change);
      expect(observation.observed).toEqual(expected);
      const [, , failed, ...rest] = lines(observation.events);
      expect(failed).toMatch(
        /^step: wasm tier 1 -> wasm tier 1, 100 calls in wasm tier 1; compilation failed: \w*Error: /,
      );
      // The function for whose sake it was tried is compiled alone.
      expect(rest).toEqual(["step: wasm tier 1 -> wasm tier 2, 100 calls in wasm tier 1"]);
    });

    it(`throws after ${title} if asked to be strict`, () => {
      expect(() => runSlowly(source, 20, callsOnly, change)).toThrow(
        "a unit could not be compiled",
      );
    });
  }
});

describe("compilation that fails", () => {
  /** Runs with a wasm engine that refuses modules from the one of this number on. */
  function withRefusals<Result>(from: number, run: () => Result): Result {
    const host: { Module: new (bytes: Uint8Array) => WasmModule } = hostWebAssembly();
    const { Module } = host;
    let count = 0;
    host.Module = function refusing(bytes: Uint8Array) {
      count += 1;
      if (count >= from) throw new Error("refused");
      return new Module(bytes);
    } as unknown as typeof Module;
    try {
      return run();
    } finally {
      host.Module = Module;
    }
  }

  it.each([1, 2, 3])("leaves the program in its tier, from module %i on", (from) => {
    const { observed, events } = withRefusals(from, () => observe(source, { verify: false }));
    expect(observed).toEqual(expected);
    const failed = events.filter((event) => event.reason.includes("compilation failed"));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every((event) => event.from === event.to && event.codeBytes === 0)).toBe(true);
    expect(failed.length).toBeLessThan(10);
  });

  it("is an error in mode jit", () => {
    const run = () => observe(source, { mode: "jit", verify: false });
    expect(() => withRefusals(1, run)).toThrow("refused");
  });
});
