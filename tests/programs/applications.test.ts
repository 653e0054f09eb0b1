// Programs as users write them, those of examples/ and of applications/, with their output in a file beside them.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { expectationOfFile } from "./expectation.ts";
import type { NativeBackend } from "../../src/engine/index.ts";
import { nativeBackend } from "../engine/native-backend.ts";
import { checkFile, programsIn, runFile, type Tiers } from "./run-program.ts";

const examples = path.join(import.meta.dirname, "../../examples");
/** What programs ask of the engine. */
const engine = path.join(examples, "jit");
const applications = path.join(import.meta.dirname, "applications");

const tiers: Tiers = {
  interpret: { mode: "interpret" },
  jit: { mode: "jit" },
  "auto, soon hot, in a small heap": {
    mode: "auto",
    threshold: 2,
    loopThreshold: 10,
    heapBudget: 2 ** 22,
  },
};

const stress: Tiers = {
  "jit, always collecting": { mode: "jit", collectAlways: true },
  "auto, soon hot, always collecting": {
    mode: "auto",
    threshold: 2,
    loopThreshold: 10,
    collectAlways: true,
  },
};

/** None on a machine without native code. */
const native: Tiers = nativeBackend === undefined ? {} : nativeTiers(nativeBackend);

function nativeTiers(backend: NativeBackend): Tiers {
  const llvm = { backend: "llvm", native: () => backend } as const;
  return {
    "llvm, jit": { ...llvm, mode: "jit" },
    "llvm, auto, soon hot": { ...llvm, mode: "auto", threshold: 2, loopThreshold: 10 },
  };
}

/** They print the name of the back end. */
const asksForBackend = [
  "backend_selection.spl",
  "backend_switching.spl",
  "configuration.spl",
  "create_backend.spl",
  "default_auto.spl",
  "execution_manager.spl",
  "explicit_backend.spl",
  "shared_ffi.spl",
  "troubleshooting.spl",
];

/** They print times, or go on for ever. */
const withoutExpectation = ["tour.spl", "orbit.spl"];

/** They make more objects than a collection for each can be waited for. */
const withoutStress = ["binary_trees.spl"];

for (const folder of [examples, engine, applications]) {
  for (const name of programsIn(folder)) {
    const file = path.join(folder, name);
    const expected = file.replace(/\.spl$/, ".expected");
    if (existsSync(expected)) {
      const ways = withoutStress.includes(name) ? tiers : { ...tiers, ...stress };
      checkFile(file, expectationOfFile(readFileSync(expected, "utf8")), ways);
      if (!asksForBackend.includes(name)) {
        checkFile(file, expectationOfFile(readFileSync(expected, "utf8")), native);
      }
    } else {
      it(`${name} has an expected output`, () => expect(withoutExpectation).toContain(name));
    }
  }
}

it("tour.spl computes what it says", () => {
  const { out } = runFile(path.join(examples, "tour.spl"), { mode: "auto" });
  expect(out).toContain("fib(35) =   9227465 ");
  expect(out).toContain("below 50: 2 3 5 7 11 13 17 19 23 29 31 37 41 43 47\n");
  expect(out).toContain("below 200000: 17984, the last is 199999\n");
  expect(out).toContain("40000000 darts   pi = 3.14");
});
