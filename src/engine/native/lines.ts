// What is at an address of native code: object, function, source place.
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
    const found = this.objectAt(call);
    // The table is read when it is first needed.
    if (found === null || found.lines === null) return [];
    return lookupLine(found.lines, call - found.codeAddress)?.frames ?? [];
  }

  /** The object whose code is at an address, or null. */
  objectAt(address: number): LoadedNative | null {
    const found = lastBefore(this.#objects, address, ({ codeAddress }) => codeAddress);
    return found !== null && address < found.codeAddress + found.figures.code ? found : null;
  }

  /** The function at an address, or null. */
  functionAt(address: number): { readonly loaded: LoadedNative; readonly name: string } | null {
    const loaded = this.objectAt(address);
    if (loaded === null) return null;
    const found = lastBefore(loaded.functions, address, (fn) => fn.address);
    return found === null ? null : { loaded, name: found.name };
  }
}

/** The last of ascending things that starts at an address or before it. */
function lastBefore<Thing>(
  things: readonly Thing[],
  address: number,
  startOf: (thing: Thing) => number,
): Thing | null {
  let low = 0;
  let high = things.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const thing = things[middle];
    if (thing !== undefined && startOf(thing) <= address) low = middle + 1;
    else high = middle;
  }
  return things[low - 1] ?? null;
}
