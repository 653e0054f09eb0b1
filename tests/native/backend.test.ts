// Native code through the door that applications use.
import { expect, it } from "vitest";
import { SourceFile } from "../../src/base/index.ts";
import { Engine } from "../../src/engine/index.ts";
import { nativeBackend } from "../../src/native/index.ts";
import { testClock } from "../engine/harness.ts";
import { whyNoLlvm } from "./llvm.ts";

it.skipIf(whyNoLlvm !== "")("runs a program of an application", () => {
  let out = "";
  const engine = new Engine({
    mode: "jit",
    backend: "llvm",
    native: nativeBackend,
    clock: testClock,
    write: (_, text) => {
      out += text;
    },
  });
  const source = "fn square(x: i64) -> i64: x * x\nprint square(12)\n";
  const program = engine.load(new SourceFile("a.spl", source));
  expect(program.run()).toBe(0);
  expect(out).toBe("144\n");
  expect(program.stats().functions.map(({ tier }) => tier)).toContain("llvm O2");
  program.close();
  expect(nativeBackend()).toBe(nativeBackend());
});
