// Mutated real objects: each is loaded or refused, in bounds, and leaves nothing behind.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  loadNative,
  NativePools,
  NativeSymbolTable,
  unloadNative,
} from "../../src/loader/native/index.ts";
import type { ElfMachine } from "../../src/object/elf/index.ts";
import { FixedMemory } from "./fixed-memory.ts";
import { loadFixtures } from "./fixtures.ts";
import { mutate, mutations, structureOf } from "./mutate.ts";

const runs = Number(process.env["ELF_FUZZ_RUNS"] ?? 3000);
const base = 0x7f12_0000_0000;

const fixtures = loadFixtures().map((fixture) => ({
  ...fixture,
  structure: structureOf(fixture.bytes),
  machine: fixture.name.split("-")[0] as ElfMachine,
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
    address: (name: string) => (name.length % 2 === 0 ? memory.base - 4096 : 4096),
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
  fc.assert(
    fc.property(mutations, ({ object, list }) => {
      const fixture = fixtures[object % fixtures.length];
      if (fixture === undefined) throw new Error("no fixtures");
      const bytes = mutate(fixture.bytes, fixture.structure, list);
      const { memory, ...host } = hosts[fixture.low ? 1 : 0];
      const start = performance.now();
      const result = loadNative(bytes, { machine: fixture.machine, ...host, initializers: "list" });
      slowest = Math.max(slowest, performance.now() - start);
      counts[result.kind] += 1;
      if (result.kind === "loaded") unloadNative(result, host.pools);
      else if (result.reasons.length === 0) throw new Error("refused without a reason");
      if (memory.committed !== 0) throw new Error(`${memory.committed} bytes are left`);
    }),
    { numRuns: runs },
  );
  console.log(
    `${counts.loaded} loaded, ${counts.refused} refused, slowest ${slowest.toFixed(1)} ms`,
  );
  // Mutations that all end at the first check would test nothing else.
  expect(counts.loaded).toBeGreaterThan(runs / 20);
  expect(counts.refused).toBeGreaterThan(runs / 20);
}, 3_600_000);
