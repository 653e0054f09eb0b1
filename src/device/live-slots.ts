// The slots of a device's program: what they go by, which code is in them, and what was in them before.
import type { DataArea, SlotNumbers, Traces, UnitStore } from "../engine/index.ts";
import { formatSignature, sameSignature, type FunctionType } from "../object/index.ts";
import { displayName, type Callable } from "./calls.ts";
import type { CodeLoader, PlacedCode } from "./code.ts";
import type { Profile } from "./profile.ts";
import { reachableFrom, type LiveUnit, type Reached } from "./sweep.ts";

/** Code in a slot. */
export interface SlotCode {
  readonly code: PlacedCode;
  /** Equal where the source is. */
  readonly content: string;
  readonly unit: LiveUnit;
}

interface LiveSlot {
  readonly slot: number;
  readonly symbol: string;
  readonly type: FunctionType;
  code: SlotCode | null;
}

/** What the slots of one change held before; null where they were empty. */
export type SlotChange = ReadonlyMap<string, SlotCode | null>;

/** Why a piece does not fit the slots of the program. */
export class SlotError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SlotError";
  }
}

/** Slots that there may be before those that nothing reaches are looked for. */
const leastDue = 128;
/** Content of code that nothing new is to call. */
const retired = "";

/** All slots. Code that was replaced stays loaded as long as a change that can be taken back has it. */
export class LiveSlots {
  readonly #code: CodeLoader;
  readonly #numbers: SlotNumbers;
  readonly #store: UnitStore;
  readonly #byKey = new Map<string, LiveSlot>();
  #due = leastDue;
  #profile: Profile | null = null;

  constructor(parts: { slots: SlotNumbers; store: UnitStore }, code: CodeLoader) {
    this.#code = code;
    this.#numbers = parts.slots;
    this.#store = parts.store;
  }

  /** The slot of the key, made at the first call. Throws `SlotError` if it has another type. */
  take(key: string, symbol: string, type: FunctionType): number {
    const known = this.#byKey.get(key);
    if (known === undefined) {
      const slot = this.#numbers.take(key);
      this.#grow();
      this.#byKey.set(key, { slot, symbol, type, code: null });
      return slot;
    }
    if (!sameSignature(known.type, type)) {
      const [old, wanted] = [formatSignature(known.type), formatSignature(type)];
      throw new SlotError(`\`${symbol}\` is ${old} in the program, ${wanted} in the piece`);
    }
    return known.slot;
  }

  /** Room for table entries of an object; the first index. */
  reserve(count: number): number {
    const start = this.#numbers.reserve(count);
    this.#grow();
    return start;
  }

  #grow(): void {
    this.#code.ensure(this.#numbers.count);
  }

  /**
   * Puts earlier code back. Where there was none the code stays for frames that may call it, and counts as none otherwise.
   */
  rollback(change: SlotChange): void {
    const codes = [...change].flatMap(([key, code]): [string, SlotCode][] => {
      const now = this.#byKey.get(key)?.code ?? null;
      const next = code ?? (now === null ? null : { ...now, content: retired });
      return next === null ? [] : [[key, next]];
    });
    this.install(codes);
  }

  /** The code in the slot; null if there is none that new pieces may call. */
  codeIn(key: string): SlotCode | null {
    const code = this.#byKey.get(key)?.code ?? null;
    return code?.content === retired ? null : code;
  }

  /** Whether there is code in the slot. */
  isFilled(key: string): boolean {
    return this.#byKey.get(key)?.code != null;
  }

  /** Puts code into slots; the result is what they held. */
  install(codes: Iterable<readonly [string, SlotCode | null]>): SlotChange {
    const before = new Map<string, SlotCode | null>();
    for (const [key, code] of codes) {
      const slot = this.#byKey.get(key);
      if (slot === undefined) throw new SlotError(`there is no slot ${key}`);
      before.set(key, slot.code);
      slot.code = code;
      if (code === null) this.#code.install(slot.slot, null);
      else this.#place(key, slot, code);
      this.#store.place(slot.slot, code === null ? null : code.unit);
    }
    return before;
  }

  /** Puts other code of the same function into its slot, if this code stands there. */
  exchange(key: string, from: PlacedCode, to: Pick<SlotCode, "code" | "unit">): void {
    const now = this.#byKey.get(key)?.code ?? null;
    if (now?.code !== from) return;
    const { code, unit } = to;
    this.install([[key, { code, unit, content: now.content }]]);
  }

  /** The symbols of the functions that go by these keys. */
  symbolsOf(keys: Iterable<string>): string[] {
    return [...keys].flatMap((key) => this.#byKey.get(key)?.symbol ?? []);
  }

  /** Whether it is time to look for slots that nothing reaches. */
  get due(): boolean {
    return this.#byKey.size >= this.#due;
  }

  /**
   * What can be reached from these units, from slots by number (those of closures), and from functions that new pieces may
   * call.
   */
  reachable(roots: Iterable<LiveUnit>, numbers: Iterable<number>): Reached {
    const wanted = new Set(numbers);
    const slots: string[] = [];
    for (const [key, { slot, code }] of this.#byKey) {
      const replaceable = code !== null && code.content !== key && code.content !== retired;
      if (replaceable || wanted.has(slot)) slots.push(key);
    }
    return reachableFrom(roots, slots, (key) => this.#byKey.get(key)?.code?.unit ?? null);
  }

  /** Frees all other slots; their keys. */
  keepOnly(reached: ReadonlySet<string>): string[] {
    const freed = [...this.#byKey.keys()].filter((key) => !reached.has(key));
    for (const key of freed) {
      const slot = this.#byKey.get(key);
      if (slot === undefined) continue;
      this.#code.install(slot.slot, null);
      this.#store.place(slot.slot, null);
      this.#byKey.delete(key);
      this.#numbers.release(key);
    }
    this.#due = Math.max(leastDue, 2 * this.#byKey.size);
    return freed;
  }

  /** Forgets units that are in no slot, unless the program runs in them. */
  freeReplaced(traces: Traces, data: DataArea): void {
    this.#store.freeReplaced(traces, data);
  }

  /** The keys with the content of the code in their slots. */
  contents(): [string, string][] {
    return [...this.#byKey].flatMap(([key, { code }]) =>
      code === null || code.content === retired ? [] : [[key, code.content]],
    );
  }

  /** What is known of each slot besides its code: for figures. */
  *descriptions(): Generator<object> {
    for (const [key, { symbol, type, code }] of this.#byKey)
      yield { key, symbol, type, content: code?.content ?? null };
  }

  /** The functions that new pieces can call, those of the newest generation of types last. */
  *callables(): Generator<Callable> {
    for (const [key, { symbol, code }] of this.#byKey)
      if (code !== null && code.content !== retired) yield { symbol, key, code: code.code };
  }

  /** From now on calls through slots are counted, or no more. */
  profile(profile: Profile | null): void {
    this.#profile = profile;
    for (const [key, slot] of this.#byKey)
      if (slot.code !== null) this.#place(key, slot, slot.code);
  }

  #place(key: string, { slot, symbol, type }: LiveSlot, { code, unit }: SlotCode): void {
    const profile = this.#profile;
    if (profile === null) {
      this.#code.install(slot, code);
      return;
    }
    const tier = `${this.#code.kind} O${unit.tier}`;
    const counted = profile.count(displayName({ symbol, key }), tier, code);
    const [placed = code] = this.#code.hosted([{ type, code: counted }]);
    this.#code.install(slot, placed);
  }

  /** Symbols of the functions with code, with their slots. */
  *functions(): Generator<{
    readonly symbol: string;
    readonly slot: number;
    readonly unit: LiveUnit;
  }> {
    for (const { symbol, slot, code } of this.#byKey.values())
      if (code !== null) yield { symbol, slot, unit: code.unit };
  }
}
