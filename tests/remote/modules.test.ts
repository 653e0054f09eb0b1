// Modules of a device's program: loaded when they are first called, unloaded when nobody has called them for a while.
import { describe, expect, it } from "vitest";
import type { DeviceOptions } from "../../src/device/index.ts";
import { ObjectCache, wasmCode } from "../../src/server/index.ts";
import { heapUsed } from "./heap-used.ts";
import { nativeDevice, ownCode, whyNoNative } from "./native-target.ts";
import { Pair } from "./pair.ts";

const modules = {
  maths: `
var calls = 0
val unit = "m"
fn double(x: i64) -> i64:
    calls += 1
    x * 2
fn shown(x: i64) -> text: "{double(x)} {unit} long"
fn fails(i: i64) -> i64: [1, 2][i]
fn adder(n: i64) -> fn(i64) -> i64: \\x: x + double(n)
fn long(n: i64, other: fn(i64) -> i64) -> i64:
    var sum = 0
    for i in 0..n: sum += other(i)
    sum
`,
  "shapes/boxes": `
use maths
class Box:
    w: i64
    h: i64
fn area(w: i64, h: i64) -> i64:
    val box = Box(w: w, h: h)
    maths.double(box.w * box.h)
fn name() -> text: "a box of some kind"
`,
};

const app = `
use maths
use shapes.boxes
fn draw(i: i64) -> i64: maths.double(i)
`;

describe.each([
  ["wasm", false],
  ["native code", true],
])("modules in %s", (_, native) => {
  const skip = native && whyNoNative !== "";

  function pairOf(options: Partial<DeviceOptions> = {}): Pair {
    const code = native ? ownCode() : wasmCode;
    if (typeof code === "string") throw new Error(code);
    const all = { ...options, ...(native ? nativeDevice : {}) };
    const pair = new Pair(new ObjectCache(null), "1", all, code);
    pair.addModules(modules);
    return pair;
  }

  const loaded = (pair: Pair): number => pair.device.codeFigures().loadedModules;

  it.skipIf(skip)(`are loaded at the first call, one by one${native ? whyNoNative : ""}`, () => {
    const pair = pairOf();
    pair.evaluate(app);
    const start = pair.device.codeFigures();
    expect(start).toMatchObject({ modules: 2, loadedModules: 0 });
    expect(start.waiting).toBeGreaterThan(500);
    pair.evaluate("draw(21)");
    const one = pair.device.codeFigures();
    expect(one.loadedModules).toBe(1);
    expect(one.code).toBeGreaterThan(start.code);
    expect(one.functions).toBe(start.functions);
    // A module that is called by another one.
    pair.evaluate("boxes.area(2, 3)");
    expect(loaded(pair)).toBe(2);
    pair.evaluate("maths.shown(4)");
    pair.evaluate("boxes.name()");
    pair.evaluate("maths.calls");
    expect(pair.values).toEqual(["42", "12", "8 m long", "a box of some kind", "3"]);
  });

  it.skipIf(skip)(
    "are unloaded after a while without calls, and come back with their variables",
    () => {
      const pair = pairOf();
      pair.evaluate(app);
      const start = pair.device.codeFigures();
      const units = pair.device.space.store.loaded;
      for (let turn = 1; turn <= 20; turn += 1) {
        pair.evaluate("boxes.area(1, draw(1))");
        expect(loaded(pair)).toBe(2);
        pair.device.tidy();
        // Still there, and in use.
        expect(loaded(pair)).toBe(2);
        pair.evaluate("draw(1)");
        pair.device.tidy();
        expect(loaded(pair)).toBe(1);
        pair.device.tidy();
        expect(loaded(pair)).toBe(0);
        expect(pair.device.codeFigures().code).toBe(start.code);
        // The units of evaluations wait to be freed by the dozen.
        expect(pair.device.space.store.loaded).toBeLessThan(units + 20);
        pair.evaluate("maths.calls");
        expect(pair.values.at(-1)).toBe(String(3 * turn));
      }
      expect(pair.device.codeFigures().metadata).toBeLessThan(start.metadata + 4000);
    },
  );

  it.skipIf(skip)("give their memory back", () => {
    const many = Array.from(
      { length: 200 },
      (__, i) => `fn f${i}(x: i64) -> i64: x * ${i} + x / 3`,
    );
    const pair = pairOf();
    pair.addModules({ many: many.join("\n") });
    pair.evaluate("use many\nfn call() -> i64: many.f199(1)");
    const turns = (count: number): number => {
      for (let turn = 0; turn < count; turn += 1) {
        pair.device.call("call", []);
        expect(loaded(pair)).toBe(1);
        pair.device.tidy();
        pair.device.tidy();
        expect(loaded(pair)).toBe(0);
      }
      return heapUsed();
    };
    const before = turns(10);
    // What one turn takes is a multiple of that.
    expect(turns(60) - before).toBeLessThan(60 * 10_000);
  });

  it.skipIf(skip)(
    "stay while they run, and closures of theirs work after they were unloaded",
    () => {
      let tidy = 0;
      let seen = 0;
      const pair = pairOf({
        attend: () => {
          pair.device.tidy();
          seen = Math.max(seen, loaded(pair));
          tidy -= 1;
          if (tidy > 0) pair.device.requestAttention();
        },
      });
      pair.evaluate(app);
      pair.evaluate("val add = maths.adder(5)");
      pair.device.tidy();
      pair.device.tidy();
      expect(loaded(pair)).toBe(0);
      pair.evaluate("add(1)");
      expect(pair.values).toEqual(["11"]);
      pair.device.tidy();
      pair.device.tidy();
      expect(loaded(pair)).toBe(0);
      tidy = 10;
      pair.device.requestAttention();
      pair.evaluate("maths.long(100000, \\i: i % 7)");
      expect(pair.error).toBeNull();
      expect(tidy).toBeLessThanOrEqual(0);
      expect(seen).toBe(1);
      expect(pair.values.at(-1)).toBe("299995");
    },
  );

  it.skipIf(skip)("fail as they do elsewhere, with places in their files", () => {
    const pair = pairOf();
    pair.evaluate(app);
    pair.evaluate("maths.fails(7)");
    expect(pair.error).toMatchObject({
      code: "index_out_of_range",
      trace: [{ function: "fails", file: "maths.spl", line: 8 }, { function: "top level" }],
    });
    // What it had loaded is out again with the rest of what it did.
    expect(loaded(pair)).toBe(0);
    pair.evaluate("maths.shown(2)");
    expect(pair.values).toEqual(["4 m long"]);
    pair.evaluate("maths.fails(8)");
    expect(loaded(pair)).toBe(1);
    pair.evaluate("maths.shown(2)");
    pair.evaluate("maths.calls");
    expect(pair.values).toEqual(["4 m long", "4 m long", "2"]);
  });

  it.skipIf(skip)("are counted in profiles, and survive rollbacks", () => {
    const pair = pairOf();
    pair.evaluate(app);
    pair.device.profile("start");
    pair.evaluate("draw(1)");
    pair.evaluate("draw(1)");
    pair.device.tidy();
    pair.device.tidy();
    pair.evaluate("draw(1)");
    const { functions } = pair.device.profile("stop");
    expect(functions.find(({ name }) => name.endsWith("double"))?.calls).toBe(3);
    pair.evaluate("fn draw(i: i64) -> i64: boxes.area(i, i)");
    pair.evaluate("draw(2)");
    const [version = 0] = pair.device.versions;
    expect(pair.device.rollback(version)).not.toBeNull();
    pair.device.tidy();
    pair.device.tidy();
    expect(loaded(pair)).toBe(0);
    expect(pair.device.call("draw", ["4"])).toMatchObject({ outcome: "kept" });
    expect(pair.values).toEqual(["2", "2", "2", "8", "8"]);
  });
});
