// Objects that were loaded by name, such as from a folder, and can be taken out again: what their slots held before.
import type { SlotChange, SlotCode } from "./live-slots.ts";

interface NamedObject {
  /** What the slots held before; that code counts as in use. */
  readonly before: Map<string, SlotCode | null>;
  /** The content of the object's own code, by the keys of the slots. */
  readonly own: ReadonlyMap<string, string>;
}

/** The objects of one program that go by a name. */
export class NamedObjects {
  readonly #objects = new Map<string, NamedObject>();

  /**
   * Takes note of an object whose code is in its slots, in place of one of the same name. The result is what belongs into slots that only
   * the earlier one had.
   */
  put(
    name: string,
    before: SlotChange,
    codes: Iterable<readonly [string, SlotCode]>,
  ): Map<string, SlotCode | null> {
    const earlier = this.#objects.get(name);
    const left = new Map(earlier?.before);
    const kept = new Map<string, SlotCode | null>();
    for (const [key, code] of before) {
      const first = left.get(key);
      kept.set(key, first === undefined ? code : first);
      left.delete(key);
    }
    for (const code of kept.values()) if (code !== null) code.unit.slots += 1;
    this.#release(earlier);
    const own = new Map([...codes].map(([key, { content }]) => [key, content]));
    this.#objects.set(name, { before: kept, own });
    return left;
  }

  /** Forgets an object. The result is what belongs into its slots, unless something newer is there; null if there is no such object. */
  take(
    name: string,
    contentIn: (key: string) => string | null,
  ): Map<string, SlotCode | null> | null {
    const object = this.#objects.get(name);
    if (object === undefined) return null;
    this.#objects.delete(name);
    this.#release(object);
    return new Map(
      [...object.before].filter(([key]) => contentIn(key) === (object.own.get(key) ?? null)),
    );
  }

  #release(object: NamedObject | undefined): void {
    for (const code of object?.before.values() ?? []) if (code !== null) code.unit.slots -= 1;
  }

  /** The units whose code may come back. */
  *units(): Generator<SlotCode["unit"], void> {
    for (const { before } of this.#objects.values())
      for (const code of before.values()) if (code !== null) yield code.unit;
  }
}
