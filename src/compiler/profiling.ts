// Units that observe what their functions work on, and units that were made for it: what happens between the passes.
import type { MirFunction, MirModule } from "../ir/mir/index.ts";
import {
  noteEntry,
  NoteRoom,
  noteSites,
  specialise,
  specialiseSites,
  type EntryGuards,
  type Noted,
  type SiteGuard,
} from "../opt/index.ts";

/** A function of a unit, by its symbol there; `isLoop` of a loop function. */
export interface ProfiledFunction {
  readonly symbol: string;
  readonly isLoop: boolean;
}

/** What a unit is to note while it runs. */
export interface Observing {
  /** Free room in linear memory for the notes. */
  readonly room: { readonly address: number; readonly size: number };
  /** Functions whose values at the entry are looked at. */
  readonly entries: readonly ProfiledFunction[];
  /** Symbols of functions whose sites are looked at. */
  readonly sites: readonly string[];
}

/** What is expected of a function. Nothing depends on whether it is so but how long it takes. */
export interface Speculation extends ProfiledFunction {
  readonly entry: EntryGuards | null;
  readonly sites: readonly SiteGuard[];
}

/** What became of it: the blocks of notes, or the guards that are in the code. */
export interface ProfilingReport {
  readonly noted: readonly Noted[];
  readonly guarded: readonly Speculation[];
}

/** Works on the functions of one unit: on sites before the passes, on entries when calls have been inlined. */
export class UnitProfiling {
  readonly #noted: Noted[] = [];
  readonly #guarded = new Map<string, Speculation>();
  readonly #observing: Observing | undefined;
  readonly #speculations: readonly Speculation[];
  readonly #room: NoteRoom | undefined;

  constructor(observing: Observing | undefined, speculations: readonly Speculation[]) {
    this.#observing = observing;
    this.#speculations = speculations;
    this.#room = observing && new NoteRoom(observing.room);
  }

  report(): ProfilingReport {
    return { noted: this.#noted, guarded: [...this.#guarded.values()] };
  }

  beforePasses(module: MirModule): void {
    for (const fn of module.functions) {
      if (this.#room !== undefined && this.#observing?.sites.includes(fn.symbol) === true)
        this.#noted.push(...noteSites(fn, this.#room));
      for (const one of this.#of(fn)) {
        const sites = specialiseSites(fn, module, one.sites);
        if (sites.length > 0) this.#guarded.set(fn.symbol, { ...one, entry: null, sites });
      }
    }
  }

  afterInlining(module: MirModule): void {
    for (const fn of module.functions) {
      const wanted = this.#observing?.entries.find(({ symbol }) => symbol === fn.symbol);
      if (this.#room !== undefined && wanted !== undefined) {
        const noted = noteEntry(fn, wanted.isLoop, this.#room);
        if (noted !== null) this.#noted.push(noted);
      }
      for (const one of this.#of(fn)) {
        if (one.entry === null) continue;
        const guards = specialise(fn, one.isLoop, one.entry);
        if (guards.length === 0) continue;
        const { sites } = this.#guarded.get(fn.symbol) ?? { sites: [] };
        this.#guarded.set(fn.symbol, { ...one, entry: { ...one.entry, guards }, sites });
      }
    }
  }

  #of(fn: MirFunction): readonly Speculation[] {
    return this.#speculations.filter(({ symbol }) => symbol === fn.symbol);
  }
}
