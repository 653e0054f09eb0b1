// Where a program's thread computes, by native object and function: samples of its program counter.
import type { LoadedNative, NativeSampling } from "../../loader/native/index.ts";

/** Milliseconds of computing time between two samples, if the system's ticks are as short. It costs a microsecond each. */
export const samplePeriod = 4;
/** Samples that are looked at together. */
const batch = 16;
/** When there are so many, each counts half from then on: what counts is the last few seconds. */
const mostKept = 1000;

/** The function that an address is in; null if it is no native code of the program. */
export type FindFunction = (
  address: number,
) => { readonly loaded: LoadedNative; readonly name: string } | null;

/** Samples of a program that runs, as far as they were looked at. */
export interface SampleFigures {
  readonly taken: number;
  /** Of these, in native code of the program, without the runtime library. */
  readonly native: number;
}

/** The share of recent samples that each function has. */
export class NativeProfile {
  readonly #sampling: NativeSampling;
  readonly #find: FindFunction;
  readonly #counts = new Map<LoadedNative, Map<string, number>>();
  #kept = 0;
  #taken = 0;
  #native = 0;

  constructor(sampling: NativeSampling, find: FindFunction) {
    this.#sampling = sampling;
    this.#find = find;
  }

  /** Whether enough samples have come to be looked at. */
  get due(): boolean {
    return this.#sampling.waiting >= batch;
  }

  /** Takes the samples that have come. */
  update(): void {
    if (this.#kept >= mostKept) this.#age();
    for (const address of this.#sampling.take()) {
      this.#taken += 1;
      this.#kept += 1;
      const found = this.#find(address);
      if (found === null) continue;
      this.#native += 1;
      const { loaded, name } = found;
      const counts = this.#counts.get(loaded) ?? new Map<string, number>();
      this.#counts.set(loaded, counts.set(name, (counts.get(name) ?? 0) + 1));
    }
  }

  #age(): void {
    this.#kept /= 2;
    for (const [loaded, counts] of this.#counts) {
      for (const [name, count] of counts) {
        if (count < 1) counts.delete(name);
        else counts.set(name, count / 2);
      }
      if (counts.size === 0) this.#counts.delete(loaded);
    }
  }

  /** How many samples shares are of. */
  get kept(): number {
    return this.#kept;
  }

  /** Samples by function, of each object. */
  get counts(): ReadonlyMap<LoadedNative, ReadonlyMap<string, number>> {
    return this.#counts;
  }

  figures(): SampleFigures {
    return { taken: this.#taken, native: this.#native };
  }

  stop(): void {
    this.#sampling.stop();
  }
}
