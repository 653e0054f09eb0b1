// The image of the runtime library for tests.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { compileLibrary, type LibrarySource } from "../../src/library/index.ts";

const folder = path.join(import.meta.dirname, "../../src/library");

/** The library's files. */
export function librarySources(): LibrarySource[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".spl"))
    .sort()
    .map((name) => ({ name, text: readFileSync(path.join(folder, name), "utf8") }));
}

let image: Uint8Array | undefined;

/** Compiled from the sources as they are, once for each test file. */
export function libraryImage(): Uint8Array {
  return (image ??= compileLibrary(librarySources()));
}
