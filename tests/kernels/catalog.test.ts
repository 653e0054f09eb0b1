// The kernels that come with Anneal: results against plain loops, bit by bit.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { Kernels } from "../../src/kernels/index.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";
import { fillInput, interpretKernel, kernelMir, plainMatmul } from "./oracle.ts";

const read = (file: string): string =>
  readFileSync(new URL(`../../src/kernels/${file}`, import.meta.url), "utf8");

const types = ["f32", "i8"] as const;
const inputs = { f32: Float32Array, i8: Int8Array };
const results = { f32: Float32Array, i8: Int32Array };

/** Tiles are four by four and eight rows; panels are 64 rows by 512 columns for 512 columns of f32; strips 16. */
const shapes = [
  [1, 1, 1],
  [1, 1, 9],
  [2, 3, 5],
  [4, 4, 4],
  [7, 11, 13],
  [5, 513, 67],
  [13, 31, 131],
  [33, 1, 17],
  [1, 97, 1],
  [9, 530, 70],
  [6, 10, 29],
  [9, 15, 8],
  [5, 16, 40],
] as const;

describe.each(types)("kernels of %s in the interpreter of MIR", (type) => {
  it.each([
    [1, 1, 1],
    [5, 7, 9],
    [9, 6, 11],
  ] as const)("are the plain loops: %i × %i × %i", (m, n, k) => {
    const memory = new Uint8Array(65_536);
    const [a, b, c] = [64, 4096, 8192];
    const left = fillInput(new inputs[type](memory.buffer, a, m * k), 3);
    const right = fillInput(new inputs[type](memory.buffer, b, k * n), 5);
    const sizes = { m, n, k, depth: 5, width: 3, strip: n % 2 === 0 ? 2 : 16 };
    const expected = plainMatmul(type, sizes, [left, right]);
    const source = [`${type}.spl`, "narrow.spl", "matmul.spl"].map(read).join("");
    for (const constants of [sizes, {}]) {
      const result = new results[type](memory.buffer, c, m * n).fill(77);
      const rest = constants === sizes ? [] : Object.values(sizes);
      interpretKernel(kernelMir(source, "matmul", constants), [a, b, c, ...rest], memory);
      expect([...result]).toEqual(expected);
    }
    const vector = new results[type](memory.buffer, c, m).fill(77);
    const column = new inputs[type](memory.buffer, b, k);
    const matvec = read(`${type}.spl`) + read("matvec.spl");
    interpretKernel(kernelMir(matvec, "matvec", { m, k }), [a, b, c], memory);
    expect([...vector]).toEqual(plainMatmul(type, { m, n: 1, k }, [left, column]));
  });
});

describe.skipIf(llvm === undefined)(`kernels${whyNoLlvm}`, () => {
  if (llvm === undefined) return;
  const kernels = Kernels.open();
  afterAll(() => kernels.close());

  describe.each(types)("of %s", (type) => {
    const generic = kernels.prepareGeneric({ name: "matmul", type });
    const genericVector = kernels.prepareGeneric({ name: "matvec", type });

    it.each(shapes)("multiply matrices of %i × %i × %i", (m, n, k) => {
      const a = fillInput(new inputs[type](m * k), m + 3 * n);
      const b = fillInput(new inputs[type](k * n), k + 7 * m);
      const expected = plainMatmul(type, { m, n, k }, [a, b]);
      const c = new results[type](m * n).fill(99);
      kernels.matmul(type, { m, n, k }).run(a, b, c);
      expect([...c]).toEqual(expected);
      c.fill(99);
      generic.runWith({ m, n, k }, a, b, c);
      expect([...c]).toEqual(expected);
    });

    it.each(shapes)("multiply a matrix and a vector of %i (%i) × %i", (m, n, k) => {
      const rows = m + n;
      const a = fillInput(new inputs[type](rows * k), m + 3 * n);
      const x = fillInput(new inputs[type](k), k);
      const expected = plainMatmul(type, { m: rows, n: 1, k }, [a, x]);
      const y = new results[type](rows).fill(99);
      kernels.matvec(type, { m: rows, k }).run(a, x, y);
      expect([...y]).toEqual(expected);
      y.fill(99);
      genericVector.runWith({ m: rows, k }, a, x, y);
      expect([...y]).toEqual(expected);
    });

    it("multiply matrices of 512 × 512 × 512", () => {
      const [m, n, k] = [512, 512, 512];
      const a = fillInput(kernels.array(type, m * k), 1);
      const b = fillInput(kernels.array(type, k * n), 2);
      const c = new results[type](m * n);
      kernels.matmul(type, { m, n, k }).run(a, b, c);
      for (const row of [0, 3, 257, 511]) {
        const one = a.subarray(row * k, (row + 1) * k);
        const expected = plainMatmul(type, { m: 1, n, k }, [one, b]);
        expect([...c.subarray(row * n, (row + 1) * n)]).toEqual(expected);
      }
    });
  });

  it("wrap sums of i8 that do not fit an i32", () => {
    const k = 131_073;
    const a = new Int8Array(k).fill(-128);
    const y = new Int32Array(1);
    kernels.matvec("i8", { m: 1, k }).run(a, a.slice(), y);
    expect(y[0]).toBe((k * 128 * 128) | 0);
    expect(y[0]).toBeLessThan(0);
  });

  it("give infinities and NaN as the loops do", () => {
    const a = Float32Array.of(3e38, 3e38, Infinity, -0, NaN, 1e-45);
    const b = Float32Array.of(2, 1, -2, 1, 0.5, -1);
    const expected = plainMatmul("f32", { m: 3, n: 3, k: 2 }, [a, b]);
    const c = new Float32Array(9);
    kernels.matmul("f32", { m: 3, n: 3, k: 2 }).run(a, b, c);
    expect([...c]).toEqual(expected);
  });

  it("add up in another order only where that is asked for, and then nearly the same", () => {
    const shape = { m: 16, k: 1000 };
    const a = fillInput(new Float32Array(16_000), 1);
    const x = fillInput(new Float32Array(1000), 2);
    const [exact, reordered] = [new Float32Array(16), new Float32Array(16)];
    kernels.matvec("f32", shape).run(a, x, exact);
    kernels.matvec("f32", shape, { reassociate: true }).run(a, x, reordered);
    expect([...reordered]).not.toEqual([...exact]);
    reordered.forEach((value, i) => {
      expect(Math.abs(value - (exact[i] ?? 0))).toBeLessThan(0.01);
    });
  });
});
