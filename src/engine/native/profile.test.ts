import { expect, it } from "vitest";
import type { LoadedNative, NativeSampling } from "../../loader/native/index.ts";
import { NativeProfile } from "./profile.ts";

/** Samples are addresses; those from 100 on are in the function of their hundred. */
function profileOf(batches: number[][]): NativeProfile {
  const loaded = { name: "unit" } as LoadedNative;
  const sampling: NativeSampling = {
    get waiting() {
      return batches[0]?.length ?? 0;
    },
    take: () => batches.shift() ?? [],
    stop: () => undefined,
  };
  return new NativeProfile(sampling, (address) =>
    address < 100 ? null : { loaded, name: `f${Math.floor(address / 100)}` },
  );
}

const countsOf = (profile: NativeProfile): Record<string, number> =>
  Object.fromEntries([...profile.counts.values()].flatMap((counts) => [...counts]));

it("counts samples by function, and those elsewhere", () => {
  const profile = profileOf([[100, 150, 250, 7, 199, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8], [100]]);
  expect(profile.due).toBe(true);
  profile.update();
  expect(countsOf(profile)).toEqual({ f1: 3, f2: 1 });
  expect(profile.kept).toBe(16);
  expect(profile.figures()).toEqual({ taken: 16, native: 4 });
  expect(profile.due).toBe(false);
});

it("forgets what was long ago", () => {
  const many = (address: number): number[] => Array.from({ length: 500 }, () => address);
  const profile = profileOf([
    ...Array.from({ length: 2 }, () => many(100)),
    ...Array.from({ length: 9 }, () => many(200)),
  ]);
  while (profile.due) profile.update();
  const { f1 = 0, f2 = 0 } = countsOf(profile);
  expect(f1).toBeLessThan(0.02 * profile.kept);
  expect(f2).toBeGreaterThan(0.98 * profile.kept);
  expect(profile.figures()).toEqual({ taken: 5500, native: 5500 });
});
