// The checked-in objects.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** An object of `fixtures/`. */
export interface Fixture {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** It takes addresses for 32-bit numbers. */
  readonly low: boolean;
}

const folder = path.join(import.meta.dirname, "fixtures");

/** All objects, in the order of their names. */
export function loadFixtures(): readonly Fixture[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".o"))
    .toSorted()
    .map((name) => ({
      name,
      bytes: Uint8Array.from(readFileSync(path.join(folder, name))),
      low: name.includes("low") || name.startsWith("i686"),
    }));
}
