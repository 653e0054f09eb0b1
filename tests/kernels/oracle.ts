// What kernels must compute: the plain loops, with the arithmetic of the language's first tier.
import { DiagnosticSink, preludePath, SourceFile } from "../../src/base/index.ts";
import { buildKernel } from "../../src/compiler/index.ts";
import { compileLowLevel } from "../../src/frontend/simple/index.ts";
import { MirInterpreter } from "../../src/interp/index.ts";
import type { MirModule } from "../../src/ir/mir/index.ts";

type Numbers = Float32Array | Int8Array;
type Round = (value: number) => number;

const rounding: { readonly f32: Round; readonly i8: Round } = {
  f32: Math.fround,
  i8: (value) => value | 0,
};

/** `c = a b`; each sum starts at 0 and takes the products in order. */
export function plainMatmul(
  type: "f32" | "i8",
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
  [a, b]: readonly [Numbers, Numbers],
): number[] {
  const round = rounding[type];
  const c: number[] = [];
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      let sum = 0;
      for (let x = 0; x < k; x += 1) {
        sum = round(sum + round((a[i * k + x] ?? 0) * (b[x * n + j] ?? 0)));
      }
      c.push(sum);
    }
  }
  return c;
}

/** Elements that are no whole numbers, so that the order of additions shows; for `i8` all values there are. */
export function fillInput<Elements extends Numbers>(elements: Elements, seed: number): Elements {
  let state = seed;
  for (let i = 0; i < elements.length; i += 1) {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    const high = state >> 16;
    elements[i] = elements instanceof Int8Array ? high : high / 7919;
  }
  return elements;
}

/** The MIR of a kernel's source. */
export function kernelMir(
  source: string,
  entry: string,
  constants: Readonly<Record<string, number>>,
): MirModule {
  const sink = new DiagnosticSink();
  const hir = compileLowLevel(new SourceFile(preludePath, source), sink);
  if (hir === null) throw new Error(sink.all.map(({ message }) => message).join("\n"));
  return buildKernel(hir, { entry, constants });
}

/** Runs a kernel's MIR in the interpreter of MIR, in this memory. */
export function interpretKernel(
  module: MirModule,
  args: readonly number[],
  memory: Uint8Array,
): void {
  const [entry] = module.functions.filter(({ symbol }) => /^mat(mul|vec)$/.test(symbol));
  new MirInterpreter([module], { memory }).call(entry?.symbol ?? "", args);
}
