// The runtime library for tests: its image is compiled from the sources when a program first needs it.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { libraryFrom } from "../../src/engine/index.ts";
import { compileLibrary } from "../../src/library/index.ts";

const folder = path.join(import.meta.dirname, "../../src/library");

function compileImage(): Uint8Array {
  const names = readdirSync(folder).filter((name) => name.endsWith(".spl"));
  return compileLibrary(
    names.toSorted().map((name) => ({ name, text: readFileSync(path.join(folder, name), "utf8") })),
  );
}

/** Loads the library of this source tree; one image for all programs of a test file. */
export const runtimeLibrary = libraryFrom(compileImage);
