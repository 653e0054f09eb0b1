import { describe, expect, it } from "vitest";
import { nativeBackend } from "../../tests/engine/native-backend.ts";
import { observe } from "../../tests/engine/harness.ts";
import { whyNoLlvm } from "../../tests/native/llvm.ts";
import { leastGrowth } from "../../tests/native/resident.ts";
import { hotNative } from "../../tests/engine/hot-native.ts";
import type { EngineOptions } from "./options.ts";

const native: Partial<EngineOptions> = {
  native: () => {
    if (nativeBackend === undefined) throw new Error("there is no native back end");
    return nativeBackend;
  },
};
const llvm: Partial<EngineOptions> = { ...native, backend: "llvm" };

const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

/** Native code calls the function through its slot, which holds no native code at first. */
const manyParameters = `
fn run(op: fn(${names.map(() => "i64, f64, f32").join(", ")}) -> f64, n: i64) -> f64:
    var sum = 0.0
    for k in 0..n:
        sum += op(${names.map((_, n) => `k + ${n}, ${n}.5 * (k as f64), ${n}.25f32`).join(", ")})
    sum
fn weigh(${names.map((name) => `${name}: i64, ${name}${name}: f64, ${name}${name}${name}: f32`).join(", ")}) -> f64: ${names
  .map(
    (name, n) =>
      `(${name} as f64) * ${n + 1}.0 + ${name}${name} / ${n + 2}.0 - (${name}${name}${name} as f64)`,
  )
  .join(" + ")}
print run(weigh, 50)
print run(weigh, 3000)
`;

describe.skipIf(nativeBackend === undefined)(`native code${whyNoLlvm}`, () => {
  it("calls interpreted functions with arguments in registers and on the stack", () => {
    const expected = observe(manyParameters, { mode: "interpret" }).observed;
    for (const options of [{ mode: "jit" }, { loopThreshold: 2, threshold: 1000 }] as const) {
      expect(observe(manyParameters, { ...llvm, ...options }).observed).toEqual(expected);
    }
  });

  it("climbs from O0 by its calls", () => {
    const source = `
fn step(n: i64) -> i64: n * 3 + 1
fn walk(n: i64) -> i64:
    var x = n
    x = step(x)
    x
var s = 0
for k in 0..3000: s += walk(k)
print s
`;
    const { observed, events } = observe(source, { ...llvm, loopThreshold: 1_000_000_000 });
    expect(observed).toEqual(observe(source, { mode: "interpret" }).observed);
    const tiers = events.filter((event) => event.function === "walk").map(({ to }) => to);
    expect(tiers).toEqual(["llvm O0", "llvm O1", "llvm O2"]);
  });

  const busy = `
fn cold(n: i64) -> i64: n - 1
fn step(n: i64) -> i64: n * 3 + 1
fn walk(n: i64) -> i64:
    var x = n
    for i in 0..20: x = step(x) % 1000003
    x
fn deep(n: i64) -> i64: if n < 2: n else: deep(n - 1) + deep(n - 2)
var s = cold(1)
for k in 0..4000: s += walk(k)
print s
print deep(20)
for k in 0..30: s += deep(k % 12)
print s
`;

  it("goes to O3 where it takes much of the time", () => {
    if (nativeBackend === undefined) throw new Error("there is no native back end");
    const hot = { ...hotNative(nativeBackend), loopFuel: 50 };
    const { observed, events, program } = observe(busy, hot);
    expect(observed).toEqual(observe(busy, { mode: "interpret" }).observed);
    const peaks = events.filter(({ to }) => to === "llvm O3");
    const reasons = peaks.map(({ reason }) => reason);
    expect(reasons.find((reason) => /^\d+% of \d+ samples$/.test(reason))).toBeDefined();
    expect(peaks.map((event) => event.function)).toContain("walk");
    expect(peaks.every(({ from }) => /^llvm O[23]$/.test(from))).toBe(true);
    expect(program.stats().samples?.taken).toBeGreaterThan(50);
    expect(events.map((event) => event.function)).not.toContain("cold");
  });

  it("stays at the level that was asked for, and where no other thread compiles", () => {
    if (nativeBackend === undefined) throw new Error("there is no native back end");
    const { background: _, ...alone } = hotNative(nativeBackend);
    const ways = [{ ...hotNative(nativeBackend), optLevel: 2 as const }, alone];
    for (const options of ways) {
      const { events, program } = observe(busy, { ...options, loopFuel: 50 });
      expect(events.filter(({ to }) => to === "llvm O3")).toEqual([]);
      expect(program.stats().samples).toBeNull();
    }
  });

  it("takes over a program that switches its back end while it runs", () => {
    const source = `
use compiler.execution.mod.{set_jit_backend, get_jit_backend}
fn step(n: i64) -> i64: n + 1
fn other(n: i64) -> i64: n + 2
var x = 0
for i in 0..200: x = step(x)
print get_jit_backend()
print set_jit_backend("llvm")
for i in 0..200: x = other(x)
print get_jit_backend()
print set_jit_backend("auto")
print x
`;
    const { observed, events } = observe(source, { ...native, loopThreshold: 1_000_000_000 });
    expect(observed.out).toBe("wasm\ntrue\nllvm\ntrue\n600\n");
    const tiers = (name: string): string[] =>
      events.filter((event) => event.function === name).map(({ to }) => to);
    expect(tiers("step")[0]).toBe("wasm tier 1");
    expect(tiers("other")).toEqual(["llvm O0", "llvm O1"]);
  });

  it("is what a manager of programs compiles to", () => {
    const source = `
use compiler.execution.mod.LocalExecutionManager
val em = LocalExecutionManager.llvm()
print em.compile("func @double(i64) -> i64 \\{\\nblock0(v0: i64):\\n  v1 = iadd v0, v0\\n  return v1\\n\\}\\n")
print em.compile("declare slot @double(i64) -> i64\\nfunc @quad(i64) -> i64 \\{\\nblock0(v0: i64):\\n  v1 = call_slot @double(v0)\\n  v2 = call_slot @double(v1)\\n  return v2\\n\\}\\n")
print em.execute("quad", [11])
print em.backend_name()
print em.compile("declare host @system(i64) -> i64\\nfunc @bad(i64) -> i64 \\{\\nblock0(v0: i64):\\n  v1 = call_host @system(v0)\\n  return v1\\n\\}\\n").is_err()
print em.compile("func @fails(i64) -> i64 \\{\\nblock0(v0: i64):\\n  v1 = iconst.i64 1\\n  v2 = sdiv v1, v0\\n  return v2\\n\\}\\n")
print em.execute("fails", [0])
`;
    for (const mode of ["interpret", "jit"] as const) {
      expect(observe(source, { ...native, mode }).observed.out.split("\n")).toEqual([
        "Result::Ok(())",
        "Result::Ok(())",
        "Result::Ok(44)",
        "llvm",
        "true",
        "Result::Ok(())",
        "Result::Err(division by zero)",
        "",
      ]);
    }
  });

  it("returns its memory", () => {
    const source = "fn f(n: i64) -> i64: n + 1\nprint f(1)\n";
    const growth = leastGrowth(4, () => {
      for (let run = 0; run < 100; run += 1) {
        expect(observe(source, { ...llvm, mode: "jit", verify: false }).observed.out).toBe("2\n");
      }
    });
    expect(growth).toBeLessThan(60 * 2 ** 20);
  });
});

describe("the back end `auto`", () => {
  const asks = `
use compiler.execution.mod.{set_jit_backend, get_jit_backend, LocalExecutionManager}
val em = LocalExecutionManager.auto_select()
print get_jit_backend()
print set_jit_backend("auto")
print get_jit_backend()
print em.backend_name()
`;
  const noted = (options: Partial<EngineOptions>): { out: string; notes: string[] } => {
    const notes: string[] = [];
    const onNotice = (text: string): void => void notes.push(text);
    const { observed } = observe(asks, { ...options, onNotice });
    return { out: observed.out, notes };
  };
  const open = (): never => {
    throw new Error("no libLLVM\nsecond line");
  };

  it("is wasm without native code, and says why once", () => {
    const out = "wasm\ntrue\nwasm\nwasm\n";
    const notes = ["`auto` takes the back end `wasm`: no libLLVM"];
    expect(noted({ backend: "auto", native: open })).toEqual({ out, notes });
    expect(noted({ native: open })).toEqual({ out, notes });
    const none = [
      "`auto` takes the back end `wasm`: the host of this program gives no native code",
    ];
    expect(noted({ backend: "auto" })).toEqual({ out, notes: none });
  });

  it("is not looked for where nothing is compiled", () => {
    const quiet: string[] = [];
    observe("print 1\n", {
      backend: "auto",
      mode: "interpret",
      native: open,
      onNotice: (text) => quiet.push(text),
    });
    expect(quiet).toEqual([]);
  });

  it.skipIf(nativeBackend === undefined)("is native code where the machine has it", () => {
    expect(noted({ ...native, backend: "auto" })).toEqual({
      out: "llvm\ntrue\nllvm\nllvm\n",
      notes: [],
    });
    expect(noted(native).out).toBe("wasm\ntrue\nllvm\nllvm\n");
  });

  it.skipIf(nativeBackend === undefined)("is wasm where memory cannot be executed", () => {
    const hardened: Partial<EngineOptions> = {
      backend: "auto",
      native: () => {
        if (nativeBackend === undefined) throw new Error("there is no native back end");
        const { host } = nativeBackend;
        return {
          ...nativeBackend,
          host: { ...host, memory: { ...host.memory, protect: () => false } },
        };
      },
    };
    expect(noted(hardened)).toEqual({
      out: "wasm\ntrue\nwasm\nwasm\n",
      notes: ["`auto` takes the back end `wasm`: the system refuses executable memory"],
    });
  });
});
