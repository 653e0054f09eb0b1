// What the thunks of slots call: functions in whatever tier they have.
import { signatureOf } from "../../compiler/index.ts";
import type { FunctionCell } from "../../interp/index.ts";
import { callInterpreted } from "../boundary.ts";
import type { NativeCallee } from "./callee.ts";

/** Callees by slot; `cells` are the functions of tier 0. */
export class TierCallees {
  readonly #cells: readonly (FunctionCell | undefined)[];
  readonly #known = new Map<
    number,
    { readonly cell: FunctionCell; readonly callee: NativeCallee }
  >();

  constructor(cells: readonly (FunctionCell | undefined)[]) {
    this.#cells = cells;
  }

  /** Undefined if the slot is empty. */
  of(slot: number): NativeCallee | undefined {
    const cell = this.#cells[slot];
    if (cell === undefined) return undefined;
    const known = this.#known.get(slot);
    if (known?.cell === cell) return known.callee;
    const callee: NativeCallee = {
      signature: signatureOf(cell.fn),
      // The frames that an error has left are known when it leaves native code.
      code: callInterpreted(cell, { mark: () => 0, leave: (error) => error, enter: () => {} }),
    };
    this.#known.set(slot, { cell, callee });
    return callee;
  }
}
