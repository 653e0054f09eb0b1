// The kernels (src/kernels) as functions that programs may declare with `extern fn`. Here stands only what must be known before one is
// called, as most programs call none.
import type { LinkedSignature } from "./linked.ts";

/** Where they are defined, for messages. */
const origin = "the kernels";

/** Their signatures: arrays, then sizes, then for floats whether sums may be reordered. */
export const kernelSignatures = [
  {
    name: "rt_matmul_f32",
    params: ["[f32]", "[f32]", "[f32]", "i64", "i64", "i64", "bool"],
    result: "unit",
    origin,
  },
  {
    name: "rt_matmul_i8",
    params: ["[i8]", "[i8]", "[i32]", "i64", "i64", "i64"],
    result: "unit",
    origin,
  },
  {
    name: "rt_matvec_f32",
    params: ["[f32]", "[f32]", "[f32]", "i64", "i64", "bool"],
    result: "unit",
    origin,
  },
  {
    name: "rt_matvec_i8",
    params: ["[i8]", "[i8]", "[i32]", "i64", "i64"],
    result: "unit",
    origin,
  },
] as const satisfies readonly LinkedSignature[];

/** Name of one of them. */
export type KernelFunctionName = (typeof kernelSignatures)[number]["name"];
