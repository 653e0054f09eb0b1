// What takes much of the time, from when that is found to its code of the highest level. In between the unit is made once more as it
// is, but notes what it works on, for a fifth of a second; code is then made for what was always the same. Where that turns out to be
// otherwise too often, code is made without, and it is tried again later, a few times.
import {
  loopSymbol,
  type Guard,
  type LowerRequest,
  type ModuleFacts,
  type Observing,
  type ProfiledFunction,
  type ProfilingReport,
  type SiteGuard,
  type Speculation,
} from "../compiler/index.ts";
import type { FunctionId } from "../ir/hir/index.ts";
import type { Chore } from "./chores.ts";
import { NotesReader } from "./noted-values.ts";
import type { NotesRoom, ProfileMemory } from "./profile-memory.ts";
import type { HotShares, HotUnit } from "./shares.ts";
import type { Slots } from "./slots.ts";

/** Looks at the notes before code is made, as what is the same for a moment may not be the next; more if there are few notes. */
const leastLooks = 3;
const mostLooks = 8;
/** Notes of a function that say something; a loop function is entered once for many iterations. */
const leastNotes = 4;
const leastLoopNotes = 2;
/** Share of calls for which a guard may not hold; and so many that fewer say nothing. */
const mostFailures = 0.25;
const leastFailures = 200;
/** Samples until what failed is tried again, the first time; each time it is twice as many. */
const firstPause = 500;
const mostTries = 3;
/** Functions of a unit whose values at the entry are observed. */
const mostEntries = 8;
/** Functions that a unit gets for each target that it calls directly. */
const mostBelow = 4;

const nothing: ProfilingReport = { noted: [], guarded: [] };

/** A unit to compile. */
export interface PeakUnit {
  readonly requests: readonly LowerRequest[];
  readonly reason: string;
  readonly observing?: Observing;
  readonly speculations?: readonly Speculation[];
}

/** What of a program it works with. */
export interface PeaksEnvironment {
  readonly shares: HotShares;
  readonly facts: ModuleFacts;
  readonly slots: Slots;
  readonly memory: ProfileMemory;
  /** Functions may be replaced while they run, so that none is called but through its slot. */
  readonly replaceable: boolean;
}

/** A unit that is about to observe, or does. */
interface Observation {
  readonly hot: HotUnit;
  readonly room: NotesRoom;
  /** Of the unit's code, once there is some. */
  readers: readonly NotesReader[];
  /** Samples there were when it began, and looks since then. */
  begun?: number;
  looks?: number;
}

/** A guard in code. */
interface Watched {
  readonly symbol: string;
  /** Of the word that counts when it does not hold. */
  readonly address: number;
  /** What the word was, and how many samples there were, when it was looked at last. */
  seen: number;
  looked: number;
}

interface Specialised {
  readonly hot: HotUnit;
  readonly unit: PeakUnit;
  readonly guards: readonly Watched[];
}

/** See the head of this file. */
export class Peaks {
  readonly #env: PeaksEnvironment;
  readonly #observations = new Map<PeakUnit, Observation>();
  /** What is expected of functions that were observed, by symbol; null if nothing. */
  readonly #known = new Map<string, Speculation | null>();
  /** Calls for each sample, by the address of the word that counts those for which a guard does not hold. */
  readonly #rates = new Map<number, number>();
  /** What units that are being compiled were found as. */
  readonly #made = new Map<PeakUnit, HotUnit>();
  readonly #specialised: Specialised[] = [];
  readonly #paused: { readonly hot: HotUnit; readonly symbol: string; readonly until: number }[] =
    [];
  /** How often guards of a function have failed too often, by symbol. */
  readonly #failures = new Map<string, number>();

  constructor(environment: PeaksEnvironment) {
    this.#env = environment;
  }

  get #taken(): number {
    return this.#env.shares.figures()?.taken ?? 0;
  }

  /** What to compile now. */
  *look(): Chore<PeakUnit[]> {
    const found = this.#env.shares.take();
    const due = this.#paused.filter(({ until }) => until <= this.#taken);
    for (const one of due) {
      this.#paused.splice(this.#paused.indexOf(one), 1);
      this.#known.delete(one.symbol);
    }
    const hot = [...found, ...due.map((one) => one.hot)];
    const units: PeakUnit[] = [];
    if (hot.length + this.#observations.size > 0) yield;
    for (const [unit, one] of this.#observations) {
      units.push(...this.#readNotes(unit, one));
      yield;
    }
    for (const one of hot) {
      units.push(yield* this.#begin(one));
      yield;
    }
    return [...units, ...[...this.#specialised].flatMap((one) => this.#checkGuards(one))];
  }

  /** Units with functions in common may observe at the same time: one of them may not run any more. */
  *#begin(hot: HotUnit): Chore<PeakUnit> {
    const { requests, reason } = hot;
    // What is called may be part of the code of what takes the time.
    const entries = [...new Set([...hot.hot, ...hot.below])]
      .map((request) => this.#profiled(request))
      .filter(({ symbol }) => !this.#known.has(symbol))
      .slice(0, mostEntries);
    yield;
    const room = entries.length === 0 ? null : this.#env.memory.takeRoom();
    yield;
    if (room === null) return this.#final(hot);
    const sites = requests.map((request) => this.#profiled(request).symbol);
    const observing = {
      room,
      entries,
      sites: sites.filter((symbol) => !this.#known.has(symbol)),
    };
    const unit = { requests, reason: `${reason}, observed`, observing };
    this.#observations.set(unit, { hot, room, readers: [] });
    return unit;
  }

  #profiled(request: LowerRequest): ProfiledFunction {
    const fn = this.#env.facts.function(request.function);
    const isLoop = request.kind === "loop";
    return { symbol: isLoop ? loopSymbol(fn, request.loop) : fn.symbol, isLoop };
  }

  /** A unit has been compiled and will be put to use, or is replaced by the result if that is not null. */
  compiled(unit: PeakUnit, report: ProfilingReport = nothing): PeakUnit | null {
    const observation = this.#observations.get(unit);
    if (observation === undefined) {
      this.#watch(unit, report);
      return null;
    }
    if (report.noted.length === 0) {
      this.#end(unit, observation);
      return this.#final(observation.hot);
    }
    const { views } = this.#env.memory;
    observation.readers = report.noted.map((noted) => new NotesReader(noted, views));
    observation.begun = this.#taken;
    return null;
  }

  /** A unit could not be compiled. */
  failed(unit: PeakUnit): void {
    const observation = this.#observations.get(unit);
    if (observation !== undefined) this.#end(unit, observation);
    this.#made.delete(unit);
  }

  /** Takes what the notes say for known. */
  #end(unit: PeakUnit, { room, readers, hot, begun = 0 }: Observation): void {
    this.#env.memory.giveBack(room);
    this.#observations.delete(unit);
    for (const request of hot.hot) {
      const { symbol } = this.#profiled(request);
      // What has notes and was not called is asked for again with its other callers.
      const hasNotes = readers.some(({ noted }) => noted.symbol === symbol);
      if (!hasNotes && !this.#known.has(symbol)) this.#known.set(symbol, null);
    }
    const samples = Math.max(1, this.#taken - begun);
    const called = readers.filter(
      ({ notes, noted }) => notes > 0 && (this.#known.get(noted.symbol) ?? null) === null,
    );
    for (const symbol of new Set(called.map(({ noted }) => noted.symbol))) {
      const own = called.filter(({ noted }) => noted.symbol === symbol);
      this.#known.set(symbol, this.#speculation(symbol, own, samples));
    }
  }

  #readNotes(unit: PeakUnit, observation: Observation): PeakUnit[] {
    const { readers, hot } = observation;
    if (readers.length === 0) return [];
    for (const reader of readers) reader.read();
    const looks = (observation.looks ?? 0) + 1;
    observation.looks = looks;
    const called = readers.filter(({ notes }) => notes > 0);
    const isEnough = called.length > 0 && called.every(({ notes }) => notes >= leastNotes);
    if (looks < (isEnough ? leastLooks : mostLooks)) return [];
    this.#end(unit, observation);
    return [this.#final(hot)];
  }

  /** The unit at the highest level, for what is known. */
  #final(hot: HotUnit, reason = hot.reason): PeakUnit {
    const speculations = hot.requests.flatMap((request) => {
      const known = this.#known.get(this.#profiled(request).symbol) ?? null;
      return known === null ? [] : [known];
    });
    const unit: PeakUnit = {
      requests: this.#withTargets(hot.requests, speculations),
      reason,
      ...(speculations.length === 0 ? {} : { speculations }),
    };
    this.#made.set(unit, hot);
    return unit;
  }

  #speculation(
    symbol: string,
    readers: readonly NotesReader[],
    samples: number,
  ): Speculation | null {
    const isLoop = this.#env.slots.bySymbol(symbol)?.kind === "loop";
    const guards: Guard[] = [];
    const sites: SiteGuard[] = [];
    let entryRate = 0;
    for (const reader of readers) {
      const rate = reader.calls / samples;
      for (const [i, { place }] of reader.noted.values.entries()) {
        const isEntry = place.kind === "param" || place.kind === "local";
        const expected = reader.expected(i, isEntry && isLoop ? leastLoopNotes : leastNotes);
        if (expected === null) continue;
        if (place.kind === "param" || place.kind === "local") {
          guards.push({ place, expected });
          entryRate = rate;
        } else if (place.kind === "class" && expected.kind === "class")
          sites.push({ ...place, kind: "class", typeId: expected.typeId });
        else if (place.kind === "call" && expected.kind === "value")
          sites.push(...this.#direct(place.site, Number(expected.bits), rate));
      }
    }
    if (guards.length + sites.length === 0) return null;
    const entry = guards.length === 0 ? null : { guards, failures: this.#counter(entryRate) };
    return { symbol, isLoop, entry, sites };
  }

  #counter(rate: number): number {
    const address = this.#env.memory.takeCounter();
    this.#rates.set(address, rate);
    return address;
  }

  /** A direct call of what is in a slot, if it is a function of this program. */
  #direct(site: number, slot: number, rate: number): SiteGuard[] {
    const { slots, replaceable } = this.#env;
    const state = slots.functions.find((one) => one.slot === slot);
    if (replaceable || state === undefined || !slots.owns(state)) return [];
    return [{ kind: "call", site, slot, symbol: state.fn.symbol, failures: this.#counter(rate) }];
  }

  /** With the functions that are called directly now, and some of what these call. */
  #withTargets(
    requests: readonly LowerRequest[],
    found: readonly Speculation[],
  ): readonly LowerRequest[] {
    const { slots, facts } = this.#env;
    const targets = new Set<FunctionId>();
    for (const site of found.flatMap(({ sites }) => sites)) {
      const state = site.kind === "call" ? slots.bySymbol(site.symbol) : undefined;
      if (state?.kind === "function") targets.add(state.fn.id);
    }
    const most = mostBelow * targets.size;
    for (const id of targets) {
      for (const callee of facts.graph.callees[id] ?? []) {
        if (targets.size < most && slots.owns(slots.function(callee))) targets.add(callee);
      }
    }
    const there = new Set(requests.map((one) => (one.kind === "function" ? one.function : -1)));
    const more = [...targets].filter((id) => !there.has(id));
    return [...requests, ...more.map(wholeFunction)];
  }

  /** Looks after the guards of a unit from now on. */
  #watch(unit: PeakUnit, { guarded }: ProfilingReport): void {
    const hot = this.#made.get(unit);
    this.#made.delete(unit);
    if (hot === undefined) return;
    const { memory } = this.#env;
    const guards = guarded.flatMap(({ symbol, entry, sites }): Watched[] => {
      const counted = sites.flatMap((site) => (site.kind === "call" ? [site.failures] : []));
      if (entry !== null) counted.push(entry.failures);
      const looked = this.#taken;
      return counted.map((address) => ({ symbol, address, seen: memory.word(address), looked }));
    });
    if (guards.length > 0) this.#specialised.push({ hot, unit, guards });
  }

  #checkGuards(specialised: Specialised): PeakUnit[] {
    const { hot, guards } = specialised;
    const failed = new Map<string, number>();
    for (const guard of guards) {
      const count = this.#failuresOf(guard);
      if (count > 0) failed.set(guard.symbol, count);
    }
    if (failed.size === 0) return [];
    this.#specialised.splice(this.#specialised.indexOf(specialised), 1);
    for (const symbol of failed.keys()) this.#pause(symbol, hot);
    const [[symbol, count] = ["", 0]] = failed;
    const name = this.#env.slots.bySymbol(symbol)?.fn.name ?? symbol;
    return [this.#final(hot, `guards of ${name} did not hold ${count} times`)];
  }

  /** How often a guard has failed, if that is too often; looked at when there are enough failures to tell. */
  #failuresOf(guard: Watched): number {
    const word = this.#env.memory.word(guard.address);
    const count = (word - guard.seen) >>> 0;
    if (count < leastFailures) return 0;
    const samples = this.#taken - guard.looked;
    guard.seen = word;
    guard.looked = this.#taken;
    const calls = (this.#rates.get(guard.address) ?? 0) * samples;
    return count >= mostFailures * calls ? count : 0;
  }

  /** Nothing is expected of a function any more, until it is looked at again. */
  #pause(symbol: string, hot: HotUnit): void {
    if (this.#known.get(symbol) === null) return;
    this.#known.set(symbol, null);
    const failures = (this.#failures.get(symbol) ?? 0) + 1;
    this.#failures.set(symbol, failures);
    if (failures >= mostTries) return;
    const until = this.#taken + firstPause * 2 ** (failures - 1);
    this.#paused.push({ hot, symbol, until });
  }
}

function wholeFunction(id: FunctionId): LowerRequest {
  return { kind: "function", function: id, counted: false, outlined: false };
}
