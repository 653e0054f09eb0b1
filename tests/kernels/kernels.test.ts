// Kernels as their users see them: what is kept, what is refused, kernels of one's own.
import { describe, expect, it, onTestFinished } from "vitest";
import { Kernels, KernelError, type KernelDefinition } from "../../src/kernels/index.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";

/** A kernel that is not in the catalog. */
const scale: KernelDefinition = {
  name: "scale",
  source: `
fn scale(x: u32, y: u32, n: u32):
    var i = 0u32
    while i < n:
        store_f64(y + (i << 3), load_f64(x + (i << 3)) * 2.0 + 1.0)
        i = i + 1
`,
  arrays: [
    { name: "x", element: "f64", sizes: ["n"], written: false },
    { name: "y", element: "f64", sizes: ["n"], written: true },
  ],
  sizes: ["n"],
};

function open(...options: Parameters<typeof Kernels.open>): Kernels {
  const kernels = Kernels.open(...options);
  onTestFinished(() => kernels.close());
  return kernels;
}

function failure(run: () => unknown): { readonly message: string; readonly help: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof KernelError) return { message: error.message, help: error.help };
    throw error;
  }
  throw new Error("nothing was refused");
}

/** A folder of objects, as far as kernels see one. */
function objectStore() {
  const objects = new Map<string, Uint8Array>();
  const cache = {
    get: (key: string) => objects.get(key),
    put: (key: string, object: Uint8Array) => void objects.set(key, object),
  };
  return { objects, cache };
}

describe.skipIf(llvm === undefined)(`kernels${whyNoLlvm}`, () => {
  it("are compiled once for each kernel, type, shape and permission to reorder", () => {
    const kernels = open();
    const shape = { m: 3, n: 4, k: 5 };
    const first = kernels.matmul("f32", shape);
    expect(first.figures.origin).toBe("compiled");
    expect(first.figures.codeBytes).toBeGreaterThan(0);
    expect(kernels.matmul("f32", { k: 5, n: 4, m: 3 }, { reassociate: false })).toBe(first);
    expect(kernels.statistics()).toMatchObject({ kernels: 1, found: 1, compiled: 1, fromCache: 0 });
    const { compileTime } = kernels.statistics();
    for (let i = 0; i < 1000; i += 1) kernels.matmul("f32", shape);
    expect(kernels.statistics()).toMatchObject({ found: 1001, compiled: 1, compileTime });
    const others = [
      kernels.matmul("f32", { ...shape, k: 6 }),
      kernels.matmul("i8", shape),
      kernels.matmul("f32", shape, { reassociate: true }),
      kernels.matvec("f32", { m: 3, k: 5 }),
      kernels.prepareGeneric({ name: "matmul", type: "f32" }),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
    expect(kernels.statistics()).toMatchObject({ kernels: 6, compiled: 6 });
  });

  it("are told apart by all that their definitions say", () => {
    const kernels = open();
    const [x, y] = scale.arrays;
    if (x === undefined || y === undefined) throw new Error("two arrays");
    const careless = { ...scale, arrays: [x, { ...y, written: false }] };
    const both = Float64Array.of(1, 2);
    kernels.prepare(careless, { n: 2 }).run(both, both);
    expect([...both]).toEqual([3, 5]);
    expect(failure(() => kernels.prepare(scale, { n: 2 }).run(both, both)).message).toContain(
      "`y` shares memory with `x`",
    );
  });

  it("may exchange their arrays", () => {
    const exchange: KernelDefinition = {
      ...scale,
      source: `
fn scale(x: u32, y: u32, n: u32):
    var from = x
    var to = y
    var round = 0u32
    while round < n:
        store_f64(to, load_f64(from) + 1.0)
        store_f64(y, load_f64(y) * 2.0)
        val other = from
        from = to
        to = other
        round = round + 1
`,
      arrays: scale.arrays.map((array) => ({ ...array, written: true })),
    };
    const [x, y] = [new Float64Array(4), new Float64Array(4)];
    open().prepareGeneric(exchange).runWith({ n: 4 }, x, y);
    const expected = { x: 0, y: 0 };
    for (let round = 0; round < 4; round += 1) {
      if (round % 2 === 0) expected.y = expected.x + 1;
      else expected.x = expected.y + 1;
      expected.y *= 2;
    }
    expect({ x: x[0], y: y[0] }).toEqual(expected);
  });

  it("have as many tiles as they like", () => {
    const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
    const tiled: KernelDefinition = {
      ...scale,
      source: `
fn scale(x: u32, y: u32, n: u32, ${names.map((name) => `${name}: u32`).join(", ")}):
    var i = 0u32
    while i < n:
        store_f64(y + (i << 3), load_f64(x + (i << 3)) + ((${names.join(" + ")}) as f64))
        i = i + 1
`,
      tiles: () => Object.fromEntries(names.map((name, i) => [name, i])),
    };
    const y = new Float64Array(2);
    open().prepareGeneric(tiled).runWith({ n: 2 }, Float64Array.of(1, 2), y);
    expect([...y]).toEqual([67, 68]);
  });

  it("are compiled in one process and read in the next", () => {
    const { objects, cache } = objectStore();
    const run = (kernels: Kernels): number[] => {
      const y = new Float32Array(2);
      const x = Float32Array.of(3, 4);
      kernels.matvec("f32", { m: 2, k: 2 }).run(Float32Array.of(1, 2, 0, 1), x, y);
      return [...y];
    };
    const first = open({ cache });
    expect(run(first)).toEqual([11, 4]);
    expect(first.statistics()).toMatchObject({ compiled: 1, fromCache: 0 });
    expect(objects.size).toBe(1);
    const second = open({ cache });
    expect(run(second)).toEqual([11, 4]);
    expect(second.statistics()).toMatchObject({ compiled: 0, fromCache: 1, compileTime: 0 });
    // Another processor is another object.
    const target = { cpu: process.arch === "x64" ? "x86-64" : "generic", features: "" };
    expect(run(open({ cache, target }))).toEqual([11, 4]);
    expect(objects.size).toBe(2);
    // A damaged object is compiled again.
    for (const [key, object] of objects) objects.set(key, object.slice(0, 100));
    const third = open({ cache });
    expect(run(third)).toEqual([11, 4]);
    expect(third.statistics()).toMatchObject({ compiled: 1, fromCache: 0 });
  });

  it("can be one's own", () => {
    const kernel = open().prepare(scale, { n: 5 });
    const y = new Float64Array(5);
    kernel.run(Float64Array.of(1, 2, 3, 4, 0.5), y);
    expect([...y]).toEqual([3, 5, 7, 9, 2]);
  });

  it("work on parts of arrays, wherever they start", () => {
    const kernel = open().matvec("i8", { m: 1, k: 3 });
    const bytes = Int8Array.of(9, 1, 2, 3, 4, 5, 6, 9);
    const y = Int32Array.of(7, 7, 7);
    kernel.run(bytes.subarray(1, 4), bytes.subarray(4, 7), y.subarray(1, 2));
    expect([...y]).toEqual([7, 32, 7]);
  });

  it("give arrays that start at cache lines", () => {
    const kernels = open();
    const array = kernels.array("f32", 100);
    expect([array.length, array.constructor]).toEqual([100, Float32Array]);
    expect(array.every((value) => value === 0)).toBe(true);
    expect(failure(() => kernels.array("i8", -1)).message).toBe(
      "an array of -1 elements of i8 cannot be",
    );
  });

  it("refuse shapes that cannot be", () => {
    const kernels = open();
    const refused = (shape: Record<string, number>): string =>
      failure(() => kernels.matmul("f32", shape)).message;
    expect(refused({ m: 1, n: 2 })).toBe("`matmul` has the sizes m, n, k, found m, n");
    expect(refused({ m: 1, n: 2, k: 3, x: 4 })).toBe(
      "`matmul` has the sizes m, n, k, found m, n, k, x",
    );
    for (const bad of [0, -1, 1.5, NaN, Infinity]) {
      expect(refused({ m: 1, n: bad, k: 1 })).toBe(
        `n of \`matmul\` is ${bad}, expected an integer of at least 1`,
      );
    }
    expect(refused({ m: 70_000, n: 1, k: 70_000 })).toBe(
      "`a` of matmul(m 70000, n 1, k 70000) would have 19600000000 bytes, at most 2147483647 are possible",
    );
    expect(kernels.statistics().compiled).toBe(0);
  });

  it("refuse arrays that do not fit", () => {
    const kernels = open();
    const kernel = kernels.matmul("f32", { m: 2, n: 2, k: 2 });
    const four = (): Float32Array => new Float32Array(4);
    const [a, b, c] = [four(), four(), four()];
    expect(failure(() => kernel.run(a, b)).message).toBe(
      "`matmul` takes the arrays a, b, c, found 2",
    );
    expect(failure(() => kernel.run(a, new Float64Array(4), c)).message).toBe(
      "`b` of `matmul` is no Float32Array",
    );
    expect(failure(() => kernel.run(a, new Float32Array(5), c)).message).toBe(
      "`b` of matmul(m 2, n 2, k 2) has 5 elements, expected 4",
    );
    const both = new Float32Array(7);
    expect(failure(() => kernel.run(both.subarray(0, 4), b, both.subarray(3)))).toEqual({
      message: "`c` shares memory with `a`",
      help: "a result needs an array of its own",
    });
    kernel.run(a, a, c);
    const buffer = new ArrayBuffer(16);
    const gone = new Float32Array(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    expect(failure(() => kernel.run(gone, b, c)).message).toContain("has 0 elements");
    const generic = kernels.prepareGeneric({ name: "matmul", type: "f32" });
    expect(failure(() => generic.run(a, b, c)).help).toBe("use `runWith`");
    expect(failure(() => kernel.runWith({ m: 2, n: 2, k: 2 }, a, b, c)).help).toBe("use `run`");
    kernels.close();
    expect(failure(() => kernel.run(a, b, c)).message).toBe("`matmul` was closed");
    expect(failure(() => kernels.matmul("f32", { m: 1, n: 1, k: 1 })).message).toBe(
      "the kernels were closed",
    );
  });

  it("refuse definitions that are wrong", () => {
    const kernels = open();
    const refused = (changes: Partial<KernelDefinition>): string =>
      failure(() => kernels.prepare({ ...scale, ...changes }, { n: 1 })).message;
    expect(refused({ source: "fn scale(x: u32): y\n" })).toBe("scale:1:19: `y` is not declared");
    expect(refused({ source: "fn other(): 1\n" })).toBe(
      "the source of the kernel `scale` has no function `scale`",
    );
    expect(refused({ source: "fn scale(x: u32, y: u32, n: i64): 1\n" })).toBe(
      "`scale` has parameters that are no `u32`",
    );
    expect(refused({ tiles: () => ({ width: 8 }) })).toBe(
      "`scale` has the parameters (x, y, n), its definition says (x, y, n, width)",
    );
    const divides = "fn scale(x: u32, y: u32, n: u32):\n    store_u32(y, n / load_u32(x))\n";
    expect(failure(() => kernels.prepare({ ...scale, source: divides }, { n: 1 }))).toEqual({
      message: expect.stringContaining("rt_trap"),
      help: expect.stringContaining("does not divide"),
    });
    expect(kernels.statistics().kernels).toBe(0);
  });

  it("what callers without a type checker may give", () => {
    const kernels = open();
    const matmul = kernels.matmul.bind(kernels) as (...args: readonly unknown[]) => unknown;
    expect(failure(() => matmul("f64", { m: 1, n: 1, k: 1 })).message).toBe(
      "`matmul` is there for `f32` and `i8`, found `f64`",
    );
    expect(failure(() => matmul("f32")).message).toBe("`matmul` has the sizes m, n, k, found none");
    const shape = { m: 1, n: 1, k: 1 };
    expect(failure(() => matmul("f32", shape, { reassociate: "no" })).message).toBe(
      "`reassociate` must be true or false",
    );
    expect(failure(() => matmul("f32", shape, null)).message).toBe(
      "options of a kernel must be an object, found null",
    );
    const generic = kernels.prepareGeneric.bind(kernels) as (given: unknown) => unknown;
    expect(failure(() => generic({ name: "matmull", type: "f32" })).message).toBe(
      "the kernels are `matmul` and `matvec`, found `matmull`",
    );
    const array = kernels.array.bind(kernels) as (...args: readonly unknown[]) => unknown;
    expect(failure(() => array("i64", 1)).message).toContain("there are no arrays of `i64`");
  });

  it.each([
    [null, "a definition must be an object, found null"],
    [{}, "a definition has a `name`, a text"],
    [{ ...scale, source: 5 }, "the definition of `scale` has no `source`, a text"],
    [{ ...scale, arrays: undefined }, "the definition of `scale` has no `arrays`, a list"],
    [
      { ...scale, arrays: [{ name: "x", element: "u9", sizes: ["n"], written: true }] },
      "the definition of `scale` has an array of `u9`, expected one of i8, u8, i16, u16, i32, u32, f32, f64",
    ],
    [
      { ...scale, arrays: [{ name: "x", element: "f32", sizes: ["m"], written: true }] },
      "the definition of `scale` has no size `m`, which `x` has",
    ],
    [
      { ...scale, source: "fn scale(x: u32, y: u32, n: u32):\n    val a = [1]\n" },
      "`scale` makes objects, which a kernel cannot",
    ],
  ])("refuse what is no definition of a kernel: %#", (definition, message) => {
    const kernels = open();
    const prepare = kernels.prepare.bind(kernels) as (...args: readonly unknown[]) => unknown;
    expect(failure(() => prepare(definition, { n: 1 })).message).toBe(message);
  });

  it("a processor that LLVM does not know is a plain one", () => {
    const kernels = open({ target: { cpu: "nonsense", features: "" } });
    const c = new Float32Array(1);
    kernels
      .matmul("f32", { m: 1, n: 1, k: 2 })
      .run(Float32Array.of(2, 3), Float32Array.of(4, 5), c);
    expect([...c]).toEqual([23]);
  });
});
