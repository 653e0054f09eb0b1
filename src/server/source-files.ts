// The files that a device's pieces import. The server reads none of its own: it says which are missing, and the device sends
// them.
import { createHash } from "node:crypto";
import { SourceFile } from "../base/index.ts";
import type { ModuleResolver } from "../compiler/index.ts";
import type { SourceText } from "../protocol/index.ts";

/** Files of one device by their module path, `a/b` for `use a.b`. */
export class SourceFiles {
  readonly #files = new Map<string, SourceFile>();
  /** Of all files that there ever were, as long as something refers to them. */
  readonly #paths = new WeakMap<SourceFile, string>();
  /** Paths that were looked for and not there since `takeMissing`. */
  #missing = new Set<string>();
  /** Paths that the device has said not to have. */
  readonly #absent = new Set<string>();

  /** Files from the device; a text that is null says that there is no such file. */
  add(files: readonly SourceText[]): void {
    for (const { path, text } of files) {
      if (text === null) {
        this.#absent.add(path);
        continue;
      }
      this.#absent.delete(path);
      if (this.#files.get(path)?.text === text) continue;
      const file = new SourceFile(`${path}.spl`, text);
      this.#files.set(path, file);
      this.#paths.set(file, path);
    }
  }

  /** The device may have by now what it did not have: it is asked again. */
  forgetAbsent(): void {
    this.#absent.clear();
  }

  /** Looks modules up among the files. */
  readonly resolve: ModuleResolver = (segments) => {
    const path = segments.join("/");
    const file = this.#files.get(path);
    if (file === undefined && !this.#absent.has(path)) this.#missing.add(path);
    return file ?? null;
  };

  /** The module path of a file of the device; null if it is none of them. */
  pathOf(file: SourceFile): string | null {
    return this.#paths.get(file) ?? null;
  }

  /** Whether any was missing. */
  get areMissing(): boolean {
    return this.#missing.size > 0;
  }

  /** Equal where all files are. */
  digest(): string {
    const hash = createHash("sha256");
    for (const [path, { text }] of this.#files) hash.update(JSON.stringify([path, text]));
    for (const path of this.#absent) hash.update(JSON.stringify([path]));
    return hash.digest("base64url");
  }

  /** The paths that were missing; from now on none are. */
  takeMissing(): string[] {
    const missing = [...this.#missing];
    this.#missing = new Set();
    return missing;
  }
}
