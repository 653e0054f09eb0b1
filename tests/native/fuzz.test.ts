// Mutated real objects: each is loaded or refused, in bounds, and leaves nothing behind.
import { writeSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  loadNative,
  NativePools,
  NativeSymbolTable,
  unloadNative,
} from "../../src/loader/native/index.ts";
import { FixedMemory } from "./fixed-memory.ts";
import { fuzzCorpus } from "./corpus.ts";
import { mutate, mutations, structureOf } from "./mutate.ts";

const runs = Number(process.env["ELF_FUZZ_RUNS"] ?? 3000);
const seed = Number(process.env["ELF_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const base = 0x7f12_0000_0000;

/** Objects, and others for the same machine, with which they may be loaded together. */
const corpus = (await fuzzCorpus(runs >= 10_000)).map((object, _, all) => ({
  ...object,
  structure: structureOf(object.bytes),
  others: all.filter(({ machine, low }) => machine === object.machine && low === object.low),
}));

function makeHost(low: boolean) {
  const memory = new FixedMemory(low ? 0x1000_0000 : base);
  const size = 1 << 18;
  const pools = new NativePools(memory, { code: size, metadata: size, data: size });
  const symbols = new NativeSymbolTable();
  symbols.define({
    name: "outside_function",
    kind: "function",
    address: 4096,
    size: 0,
    origin: "test",
  });
  const process = {
    // Cells are near; of other names half are too far away for some instructions.
    address: (name: string) =>
      name.includes(":") || name.length % 2 === 0 ? memory.base - 4096 : 4096,
  };
  let linearBytes = 0;
  const linear = {
    allocate: (bytes: number, align: number) => {
      linearBytes = bytes;
      return bytes > 1 << 16 ? null : align;
    },
    write: (_: number, bytes: Uint8Array) => {
      if (bytes.length !== linearBytes) throw new Error("not what was asked for");
    },
  };
  return { memory, pools, symbols, process, linear };
}

test(`${runs} mutated objects are loaded or refused`, () => {
  const hosts = [makeHost(false), makeHost(true)] as const;
  const counts = { loaded: 0, refused: 0 };
  let slowest = 0;
  // At once: a load that never ends would keep it to itself.
  writeSync(2, `mutated objects with ELF_FUZZ_SEED=${seed}\n`);
  fc.assert(
    fc.property(mutations, ({ object, list, other }) => {
      const chosen = corpus[object % corpus.length];
      if (chosen === undefined) throw new Error("no objects");
      const { machine, low, structure, others } = chosen;
      const bytes = mutate(chosen.bytes, structure, list);
      // One time in four together with another one, on either side.
      const second = other % 4 === 0 ? others[(other >> 3) % others.length] : undefined;
      const files = second === undefined ? [bytes] : [bytes, second.bytes];
      if ((other & 4) !== 0) files.reverse();
      const { memory, ...host } = hosts[low ? 1 : 0];
      const load = (): number => {
        const start = performance.now();
        const result = loadNative(files, { machine, ...host, initializers: "list" });
        const time = performance.now() - start;
        kind = result.kind;
        if (result.kind === "loaded") unloadNative(result, host.pools);
        else if (result.reasons.length === 0) throw new Error("refused without a reason");
        return time;
      };
      let kind: "loaded" | "refused" = "refused";
      let time = load();
      // The machine may have been busy with something else.
      for (let i = 0; i < 3 && time > slowest; i += 1) time = Math.min(time, load());
      slowest = Math.max(slowest, time);
      counts[kind] += 1;
      if (memory.committed !== 0) throw new Error(`${memory.committed} bytes are left`);
    }),
    { numRuns: runs, seed },
  );
  const kinds = [...new Set(corpus.map(({ kind }) => kind))].map(
    (kind) => `${corpus.filter((each) => each.kind === kind).length} ${kind}`,
  );
  console.log(
    `of ${corpus.length} objects (${kinds.join(", ")}): ${counts.loaded} loaded, ${counts.refused} refused, slowest ${slowest.toFixed(1)} ms`,
  );
  // Mutations that all end at the first check would test nothing else.
  expect(counts.loaded).toBeGreaterThan(runs / 20);
  expect(counts.refused).toBeGreaterThan(runs / 20);
}, 3_600_000);
