// The kernels that come with Anneal. Their sources are beside this file; those that serve several types of elements have what is
// particular to a type in a file of its own.
import type { KernelDefinition, KernelShape } from "./definition.ts";

/** Types of elements that the kernels are there for. */
export type InputType = "f32" | "i8";
/** All of them. */
export const inputTypes: readonly InputType[] = ["f32", "i8"];

/** Names of the kernels, with the names of their sizes. */
export const catalogSizes = { matmul: ["m", "n", "k"], matvec: ["m", "k"] } as const;
/** Name of a kernel. */
export type CatalogName = keyof typeof catalogSizes;

/** Reads one of the sources: `matmul.spl`. */
export type ReadSource = (file: string) => string;

/** Bytes of a panel of the second matrix that is gone through for every four rows: a part of a usual second-level cache. */
const panelBytes = 128 << 10;
/** Columns of a panel: four rows of results of this width fit a first-level cache, together with four of the panel. */
const mostColumns = 512;

/** Of what is shorter LLVM makes SIMD only with masks, and what was stored so is slow to load again. */
const stripColumns = 16;

/** Rows are taken four at a time. */
const rowStep = 4;

function panel({ n = 1, k = 1 }: KernelShape, elementBytes: number): KernelShape {
  const width = Math.min(n, mostColumns);
  const rows = Math.floor(panelBytes / (width * elementBytes * rowStep)) * rowStep;
  return { depth: Math.min(k, Math.max(rowStep, rows)), width, strip: stripColumns };
}

const elementBytes: Readonly<Record<InputType, number>> = { f32: 4, i8: 1 };

/** The definition of a kernel for a type of elements. */
export function catalogKernel(
  name: CatalogName,
  type: InputType,
  read: ReadSource,
): KernelDefinition {
  const files = [type, ...(name === "matmul" ? ["narrow"] : []), name];
  const source = files.map((file) => read(`${file}.spl`)).join("");
  const result = type === "i8" ? "i32" : type;
  const input = { element: type, written: false } as const;
  const output = { element: result, written: true } as const;
  const common = { name, source, sizes: catalogSizes[name] };
  if (name === "matvec") {
    const a = { name: "a", sizes: ["m", "k"], ...input };
    const x = { name: "x", sizes: ["k"], ...input };
    const y = { name: "y", sizes: ["m"], ...output };
    return { ...common, arrays: [a, x, y], sumsInOrder: type === "f32" };
  }
  return {
    ...common,
    arrays: [
      { name: "a", sizes: ["m", "k"], ...input },
      { name: "b", sizes: ["k", "n"], ...input },
      { name: "c", sizes: ["m", "n"], ...output },
    ],
    tiles: (shape) => panel(shape, elementBytes[type]),
  };
}
