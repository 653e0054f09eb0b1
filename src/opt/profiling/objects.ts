// What profiles know of objects and of values with their type in their bits; `runtime/object-layout.ts` and
// `runtime/any.ts` have all of it.
import type { IntCond } from "../../ir/mir/index.ts";

/** Where an object has its type id, an `i32`. It never changes. */
export const typeIdOffset = 0;

/** What an `any` can be found to be by its bits. */
export type AnyKind = "ref" | "bool" | "int" | "float";

/** How an `any` of a kind is told: `bits >> shift` against the tag. Of its bits, those outside of `mask` are `known`. */
interface AnyTest {
  readonly shift: bigint;
  readonly cond: IntCond;
  readonly tag: bigint;
  readonly mask?: bigint;
  readonly known: bigint;
}

/** The test for each kind. */
export const anyTests: Readonly<Record<AnyKind, AnyTest>> = {
  ref: { shift: 32n, cond: "eq", tag: 0n, mask: 2n ** 32n - 1n, known: 0n },
  bool: { shift: 32n, cond: "eq", tag: 1n, mask: 1n, known: 1n << 32n },
  int: { shift: 48n, cond: "eq", tag: 1n, mask: 2n ** 48n - 1n, known: 1n << 48n },
  float: { shift: 48n, cond: "ugt", tag: 1n, known: 0n },
};
