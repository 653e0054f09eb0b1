// Source places of native return addresses.
import type { LoadedNative } from "../../loader/native/index.ts";
import { lookupLine, type LineFrame } from "../../object/index.ts";

/** The objects in memory, in ascending order of their code. */
export class NativeLines {
  readonly #objects: LoadedNative[] = [];

  add(loaded: LoadedNative): void {
    const at = this.#objects.findIndex(({ codeAddress }) => codeAddress > loaded.codeAddress);
    this.#objects.splice(at < 0 ? this.#objects.length : at, 0, loaded);
  }

  remove(loaded: LoadedNative): void {
    const at = this.#objects.indexOf(loaded);
    if (at >= 0) this.#objects.splice(at, 1);
  }

  /** The frames of the call that returns to an address, innermost first; none for code without lines. */
  framesAt(returnAddress: number): readonly LineFrame[] {
    const call = returnAddress - 1;
    let low = 0;
    let high = this.#objects.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#objects[middle]?.codeAddress ?? 0) <= call) low = middle + 1;
      else high = middle;
    }
    const found = this.#objects[low - 1];
    const offset = call - (found?.codeAddress ?? 0);
    // The table is read when it is first needed.
    if (found === undefined || offset >= found.figures.code || found.lines === null) return [];
    return lookupLine(found.lines, offset)?.frames ?? [];
  }
}
