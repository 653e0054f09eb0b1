// A folder of pieces that were compiled ahead for a program: what is put there is loaded into the program while it runs, what is written
// anew takes the place of the old, what is deleted is taken out.
import { readdirSync, statSync, watch, type FSWatcher } from "node:fs";
import path from "node:path";
import {
  renderFailure,
  renderPlain,
  type NamedPieces,
  type PieceEvents,
  type Sources,
} from "../agent/index.ts";
import { checkFolder } from "../store/index.ts";
import { AheadFileError } from "./ahead-file.ts";
import type { AheadPieceStart } from "./ahead-files.ts";

/** What a watched folder needs. */
export interface ObjectFolderOptions {
  readonly folder: string;
  readonly device: { readonly named: Pick<NamedPieces, "load" | "remove"> };
  /** Reads a file. Throws `AheadFileError`, or the system's error. */
  readonly read: (file: string) => AheadPieceStart;
  readonly sources: Sources;
  /** Receives what the pieces print. */
  readonly events: PieceEvents;
  /** Receives a line about each file that was loaded, was taken out, or does not fit. */
  readonly log: (line: string) => void;
}

/** How the names of the files end. */
const suffix = ".anneal";
const mostFiles = 1000;
const mostBytes = 16 * 2 ** 20;
/** Milliseconds of quiet before the folder is looked at: files are not written at once. */
const settling = 50;

/** See the head of this file. */
export class ObjectFolder {
  readonly #options: ObjectFolderOptions;
  /** Names of files as they were when they were looked at last. */
  #seen = new Map<string, string>();
  /** Those that are in the program. */
  readonly #loaded = new Set<string>();
  readonly #watcher: FSWatcher;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  /** Throws `StoreError` if others may write to the folder, or the system's error. */
  constructor(options: ObjectFolderOptions) {
    this.#options = options;
    checkFolder(options.folder);
    this.#watcher = watch(options.folder, () => this.#soon());
    this.#watcher.on("error", (error) => options.log(`${options.folder}: ${error.message}`));
  }

  /** Loads what is there; the program must have started. */
  start(): Promise<void> {
    this.#work = this.#work.then(() => this.#look());
    return this.#work;
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.start(), settling);
  }

  async #look(): Promise<void> {
    const now = this.#files();
    const before = this.#seen;
    this.#seen = now;
    for (const name of before.keys()) if (!now.has(name)) await this.#remove(name);
    for (const [name, state] of now) if (before.get(name) !== state) await this.#load(name);
  }

  #files(): Map<string, string> {
    const { folder, log } = this.#options;
    const files = new Map<string, string>();
    try {
      const names = readdirSync(folder).filter((name) => name.endsWith(suffix));
      for (const name of names.toSorted().slice(0, mostFiles)) {
        const stats = statSync(path.join(folder, name), { throwIfNoEntry: false });
        if (stats?.isFile() === true && stats.size <= mostBytes)
          files.set(name, `${stats.mtimeMs} ${stats.size} ${stats.ino}`);
      }
    } catch (error) {
      log(`${folder}: ${messageOf(error)}`);
    }
    return files;
  }

  async #load(name: string): Promise<void> {
    const { folder, device, events, log, sources, read } = this.#options;
    try {
      const file = read(path.join(folder, name));
      sources.add(file.piece.request);
      const end = await device.named.load(name, file, events);
      const problem = typeof end === "string" ? end : problemOf(end, sources);
      if (problem === null) {
        this.#loaded.add(name);
        file.onLoaded();
      }
      log(problem === null ? `${name} is loaded` : `${name} does not fit: ${problem}`);
    } catch (error) {
      log(`${name} does not fit: ${messageOf(error)}`);
    }
  }

  async #remove(name: string): Promise<void> {
    if (!this.#loaded.delete(name)) return;
    const { device, log } = this.#options;
    const problem = await device.named.remove(name);
    log(problem === null ? `${name} is out again` : `${name} stays: ${problem}`);
  }

  /** Nothing is loaded any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#watcher.close();
  }
}

function problemOf(
  end: Exclude<Awaited<ReturnType<NamedPieces["load"]>>, string>,
  sources: Sources,
): string | null {
  switch (end.kind) {
    case "done":
      return null;
    case "interrupted":
      return "it was interrupted";
    case "errors":
      return renderPlain(end.diagnostics).trimEnd();
    case "failed":
      return renderFailure(end.failure, sources).trimEnd();
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AheadFileError) return `${error.message}; ${error.help}`;
  return error instanceof Error ? error.message : String(error);
}
