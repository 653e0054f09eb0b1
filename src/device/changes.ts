// What the slots held before the last changes, so that they can be taken back.
import type { SlotChange, SlotCode } from "./live-slots.ts";
import type { LiveUnit } from "./sweep.ts";

interface Change {
  /** The version before it. */
  readonly version: number;
  readonly before: SlotChange;
}

/** The last changes of a program. Their code counts as in use, so that it is not freed. */
export class Changes {
  readonly #most: number;
  #changes: Change[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Versions that one can go back to, the newest first. */
  get versions(): number[] {
    return this.#changes.map(({ version }) => version).toReversed();
  }

  /** The change that follows on a version. */
  add(version: number, before: SlotChange): void {
    for (const { unit } of codesIn(before)) unit.slots += 1;
    this.#changes.push({ version, before });
    this.#release(this.#changes.splice(0, Math.max(0, this.#changes.length - this.#most)));
  }

  /** Nothing of before can be taken back. */
  forget(): void {
    this.#release(this.#changes.splice(0));
  }

  /**
   * Calls with what the slots held at an earlier version, and forgets the changes since; false if that version is not known
   * any more.
   */
  takeBack(version: number, use: (before: SlotChange) => void): boolean {
    const index = this.#changes.findIndex((change) => change.version === version);
    if (index < 0) return false;
    const taken = this.#changes.splice(index);
    const oldest = new Map<string, SlotCode | null>();
    for (const { before } of taken.toReversed())
      for (const [key, code] of before) oldest.set(key, code);
    use(oldest);
    this.#release(taken);
    return true;
  }

  /** The units whose code may come back. */
  *units(): Generator<LiveUnit, void> {
    for (const { before } of this.#changes) for (const { unit } of codesIn(before)) yield unit;
  }

  #release(changes: readonly Change[]): void {
    for (const { before } of changes) for (const { unit } of codesIn(before)) unit.slots -= 1;
  }
}

function* codesIn(change: SlotChange): Generator<SlotCode, void> {
  for (const code of change.values()) if (code !== null) yield code;
}
