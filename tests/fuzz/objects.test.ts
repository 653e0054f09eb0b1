// Mutated wasm objects of real programs: a device's loader takes or refuses each, with a reason, and runs nothing of it.
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DiagnosticSink, SourceFile } from "../../src/base/index.ts";
import { compileUnit, frontend, ModuleFacts } from "../../src/compiler/index.ts";
import {
  hostWebAssembly,
  LoadError,
  loadObject,
  SymbolTable,
  type LoadEnvironment,
} from "../../src/loader/index.ts";
import { describeObject, lookupLine, ObjectError, parseObject } from "../../src/object/index.ts";
import { currentAbi, dataStart } from "../../src/runtime/index.ts";
import { mutate, mutations } from "../native/mutate.ts";

const runs = Number(process.env["OBJECT_FUZZ_RUNS"] ?? 2000);
const seed = Number(process.env["OBJECT_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const examples = path.join(import.meta.dirname, "../../examples");
/** Elements that all objects together get of the table, over and over. */
const tableSize = 4096;

/** A memory and a table that serve all objects: what is loaded is never called. */
const { Memory, Table } = hostWebAssembly();
const memory = new Memory({ initial: 64 });
const table = new Table({ initial: tableSize, element: "anyfunc" });

/** Objects of a program: each function alone, and all together. */
function objectsOf(name: string): Uint8Array[] {
  const sink = new DiagnosticSink();
  const source = readFileSync(path.join(examples, name), "utf8");
  const module = frontend(new SourceFile(name, source), sink);
  if (module === null) throw new Error(`${name} has errors`);
  const facts = new ModuleFacts(module);
  const requests = module.functions.map(({ id }) => {
    return { kind: "function", function: id, counted: false, outlined: false } as const;
  });
  const groups = [...requests.map((request) => [request]), requests];
  return groups.map((group) => compileUnit(facts, group, { name: "unit", level: 2 }));
}

/** A program with all that an object imports. */
function environmentOf(bytes: Uint8Array): LoadEnvironment {
  const object = parseObject(bytes);
  const symbols = new SymbolTable();
  const origin = "test";
  const slots = new Map(object.abi?.slots.map(({ symbol, type }) => [symbol, type]));
  for (const item of object.imports) {
    const { field: name } = item;
    if (symbols.lookup(name) !== undefined) continue;
    if (item.module === "GOT.mem") {
      symbols.define({ kind: "data", name, address: dataStart, origin });
    } else if (item.module === "GOT.func") {
      const signature = slots.get(name) ?? { params: [], results: [] };
      symbols.define({ kind: "function", name, slot: 1, signature, origin });
    } else if (item.kind === "function") {
      const implementation = (): undefined => {
        throw new Error(`${name} was called`);
      };
      symbols.define({ kind: "host", name, signature: item.type, implementation, origin });
    }
  }
  return {
    memory,
    table,
    symbols,
    abiHash: currentAbi(),
    allocateData: (size) => {
      if (dataStart + size > memory.buffer.byteLength) throw new LoadError("test", ["no memory"]);
      return dataStart;
    },
    allocateTable: (count) => {
      if (count > tableSize) throw new LoadError("test", ["no table"]);
      return 0;
    },
  };
}

const corpus = ["gcd.spl", "json_parser.spl", "lru_cache.spl", "newton.spl"]
  .flatMap(objectsOf)
  .map((bytes) => {
    const { sections } = parseObject(bytes);
    return {
      bytes,
      structure: sections.map(({ start, end }) => [start, end] as const),
      environment: environmentOf(bytes),
    };
  });

test("the objects are loaded as they are", () => {
  for (const { bytes, environment } of corpus) loadObject(bytes, environment);
});

test(`${runs} mutated wasm objects are loaded or refused`, { timeout: 3_600_000 }, () => {
  const counts = { loaded: 0, refused: 0 };
  fc.assert(
    fc.property(mutations, ({ object, list, other }) => {
      const chosen = corpus[object % corpus.length];
      if (chosen === undefined) throw new Error("no objects");
      const bytes = mutate(chosen.bytes, chosen.structure, list);
      try {
        const { lines } = loadObject(bytes, chosen.environment);
        if (lines !== null) lookupLine(lines, other);
        describeObject(bytes);
        counts.loaded += 1;
      } catch (error) {
        if (error instanceof LoadError) expect(error.reasons.length).toBeGreaterThan(0);
        else if (!(error instanceof ObjectError)) throw error;
        counts.refused += 1;
      }
    }),
    { numRuns: runs, seed },
  );
  console.log(`of ${corpus.length} objects: ${counts.loaded} loaded, ${counts.refused} refused`);
  // Mutations that all end at the first check would test nothing else.
  expect(counts.loaded).toBeGreaterThan(runs / 50);
  expect(counts.refused).toBeGreaterThan(runs / 20);
});
