// Native code of another processor calls functions of JavaScript: what a C compiler makes of the calls, run under qemu.
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LlvmFunctionPart, LlvmValueType } from "../../src/codegen/llvm/index.ts";
import type { JitCallbackFunction, JitCallbackSignature } from "../../src/jit/index.ts";
import { compileFiles } from "../native/libraries.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";
import { Machine } from "../native/machine.ts";
import { EmulatedCallbacks, systemFunctions } from "./emulated-callbacks.ts";

const why = whyNoLlvm === "" ? Machine.whyNot("aarch64") : whyNoLlvm;
const source = path.join(import.meta.dirname, "sources/callbacks.c");
const driver = "aarch64-linux-gnu-gcc";

const typed = (type: LlvmValueType) => ({ type, extension: "none", indirect: false }) as const;

/** `i64 (ptr, i64)`, as all functions of the C file are called. */
const part: LlvmFunctionPart = {
  name: "",
  defined: true,
  strength: "strong",
  result: typed({ kind: "integer", bits: 64 }),
  parameters: [typed({ kind: "pointer" }), typed({ kind: "integer", bits: 64 })],
  variadic: false,
  blocks: 1,
  loops: false,
  labels: false,
  users: [],
};

describe.skipIf(why !== "")(`callbacks on aarch64${why}`, { timeout: 120_000 }, () => {
  if (llvm === undefined || why !== "") return;
  const library = llvm;
  const machine = new Machine("aarch64", systemFunctions);
  let program: EmulatedCallbacks;
  beforeAll(async () => {
    const [object] = await compileFiles([source], { driver, flags: ["-O2", "-fPIC"] });
    if (object === undefined) throw new Error("no object");
    program = new EmulatedCallbacks(library, machine, object);
  });
  afterAll(() => {
    program.close();
    machine.close();
  });

  /** Calls a function of the C file with a function of JavaScript and a number. */
  function call(
    name: string,
    signature: JitCallbackSignature,
    { js, n = 0 }: { readonly js: JitCallbackFunction; readonly n?: number },
  ): bigint {
    const { address, release } = program.callbacks.make(signature, js);
    const safe = program.callbacks.safe(part);
    try {
      return program.run(
        (commands) => commands.call(safe, program.address(name), address, n),
        (answers) => answers.word(),
      );
    } finally {
      release();
    }
  }

  it("take arguments from registers and from the stack", () => {
    const seen: unknown[] = [];
    const half = ["i8", "f32", "i16", "f64", "i32", "f32", "i64", "f64", "bool", "f32"] as const;
    const params = [...half, "ptr", "f64", ...half.slice(0, -1), "ptr"] as const;
    const js: JitCallbackFunction = (...args) => {
      seen.push(...args);
      return 0.125;
    };
    expect(call("mixed", { params, result: "f64" }, { js, n: -3 })).toBe(1n);
    const [first, second] = [seen.slice(0, 10), seen.slice(11)];
    expect(first).toEqual([-3, 0.5, -768, -1.25, -50331648, 2.5, -3n << 56n, 1e300, 1, 3.5]);
    expect(typeof seen[10]).toBe("bigint");
    expect(second).toEqual([4.5, -4, 5.5, -5, 6.5, -6, 7.5, -7n, 8.5, 0, 0n]);
  });

  it.each([
    ["give_i8", "i8", -3, -3n],
    ["give_i16", "i16", -300, -300n],
    ["give_i32", "i32", -70_000, -70_000n],
    ["give_u32", "i32", -1, 0xffff_ffffn],
    ["give_i64", "i64", -(2n ** 62n), -(2n ** 62n)],
    ["give_bool", "bool", true, 10n],
    ["give_bool", "bool", false, 20n],
    ["give_f32", "f32", -1.5, -6n],
    ["give_f64", "f64", 2.25, 9n],
  ] as const)("%s: results of the type %s", (name, result, given, expected) => {
    const signature: JitCallbackSignature = { params: ["i64"], result };
    expect(call(name, signature, { js: () => given })).toBe(expected);
  });

  it("are called by the C library, as often as it likes", () => {
    const order: JitCallbackSignature = { params: ["f64", "f64"], result: "i32" };
    const { address } = program.callbacks.make(order, (a, b) => Math.sign(Number(a) - Number(b)));
    const safe = program.callbacks.safe(part);
    const sorted = program.run(
      (commands) => {
        commands.call(safe, program.address("sort"), address);
        commands.show(program.address("items"), 48);
      },
      (answers) => {
        expect(answers.word()).toBe(6n);
        return [...new Float64Array(answers.bytes(48).buffer)];
      },
    );
    expect(sorted).toEqual([-5, -1, 1.5, 3, 4, 9]);
    expect(program.runs).toBeGreaterThan(6);
  });

  it("leave native frames when they throw, and can be called again", () => {
    const signature: JitCallbackSignature = { params: ["i64"], result: "i64" };
    const js: JitCallbackFunction = (i) => {
      if (i === 3n) throw new Error("no more than two");
      return i;
    };
    const { address } = program.callbacks.make(signature, js);
    const safe = program.callbacks.safe(part);
    let shown: bigint[] = [];
    const run = (n: number): void =>
      program.run(
        (commands) => {
          commands.call(safe, program.address("add_up"), address, n);
          commands.call(program.address("count_steps"));
        },
        (answers) => {
          shown = [answers.word(), answers.word()];
        },
      );
    expect(() => run(5)).toThrow("no more than two");
    expect(shown).toEqual([0n, 2n]);
    run(2);
    expect(shown).toEqual([3n, 2n]);
  });

  it("are not called when they were released", () => {
    const signature: JitCallbackSignature = { params: ["i64"], result: "i64" };
    const { address, release } = program.callbacks.make(signature, () => 1n);
    release();
    const safe = program.callbacks.safe(part);
    const run = (): bigint =>
      program.run(
        (commands) => commands.call(safe, program.address("add_up"), address, 1),
        (answers) => answers.word(),
      );
    expect(run).toThrow("no longer good");
  });

  it("are more than a page has thunks for", () => {
    const signature: JitCallbackSignature = { params: ["i64"], result: "i64" };
    const all = Array.from({ length: 300 }, (_, i) =>
      program.callbacks.make(signature, (n) => BigInt(n) * BigInt(i)),
    );
    const last = all.at(-1)?.address ?? 0;
    const safe = program.callbacks.safe(part);
    const sum = program.run(
      (commands) => commands.call(safe, program.address("add_up"), last, 3),
      (answers) => answers.word(),
    );
    expect(sum).toBe(6n * 299n);
    for (const { release } of all) release();
  });
});
