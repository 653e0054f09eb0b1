// The units that are loaded into a program or a session, and which of them are in use.
import type { DataArea, DataBlock } from "./data-area.ts";
import { runningUnits, type Traces } from "./trace.ts";

/** A unit that is loaded. */
export interface UnitState {
  readonly name: string;
  readonly tier: number;
  /** Its text literals, if it has any. */
  readonly data: DataBlock;
  /** Bytes of its code, if somebody wants to know. */
  readonly codeBytes?: number;
  /** Slots that hold code of it. */
  slots: number;
  /** Returns its machine code; false if that may be running. Absent for wasm code, which V8 frees. */
  readonly release?: () => boolean;
}

/** Replaced units that may wait to be freed. */
const mostReplaced = 15;

/** All units, and whose code is in which slot. */
export class UnitStore {
  /** With code in a slot, or replaced and not freed yet. */
  readonly #loaded: UnitState[] = [];
  readonly #bySlot = new Map<number, UnitState>();
  #count = 0;

  /** Units that are loaded, those among them that wait to be freed. */
  get loaded(): number {
    return this.#loaded.length;
  }

  /** A name that no other unit has. */
  nextName(): string {
    this.#count += 1;
    return `unit${this.#count - 1}`;
  }

  add(unit: UnitState): void {
    this.#loaded.push(unit);
  }

  /** Whether code of a unit stands in the slot. */
  holds(slot: number): boolean {
    return this.#bySlot.has(slot);
  }

  /** Code of the unit, or of none, stands in a slot from now on. */
  place(slot: number, unit: UnitState | null): void {
    const before = this.#bySlot.get(slot);
    if (before !== undefined) before.slots -= 1;
    if (unit === null) this.#bySlot.delete(slot);
    else {
      unit.slots += 1;
      this.#bySlot.set(slot, unit);
    }
  }

  /**
   * Forgets units that are in no slot any more if there are more of them than `waiting`, except those that the program is
   * running in.
   */
  freeReplaced(traces: Traces, data: DataArea, waiting = mostReplaced): void {
    const replaced = this.#loaded.filter((unit) => unit.slots === 0);
    if (replaced.length <= waiting) return;
    const running = runningUnits();
    if (running === null) return;
    for (const unit of replaced) {
      if (running.has(unit.name) || unit.release?.() === false) continue;
      traces.forget(unit.name);
      if (unit.data.size > 0) data.release(unit.data);
      this.#loaded.splice(this.#loaded.indexOf(unit), 1);
    }
  }
}
