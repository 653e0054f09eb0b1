// What a device takes from files: programs and pieces that were compiled ahead, signed by somebody whom it trusts, and none that is older
// than what it has.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Sources, type AheadPieceCode, type EmbeddedAhead } from "../agent/index.ts";
import { decodeAhead, decodeAheadPiece } from "../protocol/index.ts";
import { readPublicKeys, userKeyFolder } from "../store/index.ts";
import { TrustedKeys } from "../transport/index.ts";
import { openAheadFile, orAgain, type Signed } from "./ahead-file.ts";
import { ObjectFolder, type ObjectFolderOptions } from "./object-folder.ts";
import { TakenIssues } from "./taken-issues.ts";

/** Which files a device takes. */
export interface AheadFilesOptions {
  /** Files with the public keys of those who may sign. Default: it need not be signed. */
  readonly trustedKeys?: readonly string[];
  /** Takes files that are older than what was taken, which then count as the newest. Default: refuses them. */
  readonly allowOlder?: boolean;
  /** Where it is kept which were taken. Default: `taken` beside the user's keys. */
  readonly folder?: string;
  /** Receives lines about files of watched folders. */
  readonly log?: (line: string) => void;
}

/** A piece that may be loaded. */
export interface AheadPieceStart extends AheadPieceCode {
  /** To be called when it has become part of the program. */
  readonly onLoaded: () => void;
}

/** See the head of this file. */
export class AheadFiles {
  readonly #trusted: TrustedKeys;
  /** Null if nobody is named: who brings an old file could as well bring one of his own. */
  readonly #taken: TakenIssues | null;
  readonly #log: (line: string) => void;

  /** Throws `StoreError` or the system's error if there is no key in one of the files, or others may write to one or to the folder. */
  constructor(options: AheadFilesOptions = {}) {
    const { trustedKeys: files = [], allowOlder = false, log = () => {} } = options;
    const { folder = path.join(userKeyFolder(), "taken") } = options;
    this.#trusted = new TrustedKeys(files.length === 0 ? null : files.flatMap(readPublicKeys));
    this.#taken = files.length === 0 ? null : new TakenIssues({ folder, allowOlder, log });
    this.#log = log;
  }

  /** The program in a file of `anneal compile --aot`. Throws `AheadFileError`, or the system's error. */
  program(file: string): EmbeddedAhead {
    const { content, target, signed } = openAheadFile(readFileSync(file), this.#trusted);
    const program = orAgain(() => decodeAhead(content));
    const onStarted = this.#checked(signed, [program.request.path]);
    return { ...program, target, onStarted };
  }

  /** The piece in a file of `anneal compile --aot --for`. Throws as `program`. */
  piece(file: string): AheadPieceStart {
    const { content, target, signed } = openAheadFile(readFileSync(file), this.#trusted);
    const piece = orAgain(() => decodeAheadPiece(content));
    const onLoaded = this.#checked(signed, [piece.request.path, piece.base.path]);
    return { piece, target, onLoaded };
  }

  /**
   * Loads the pieces that are in a folder and those that come, until the result is closed; the program must have been started. Throws
   * `StoreError` if others may write to the folder, or the system's error.
   */
  watch(
    folder: string,
    device: ObjectFolderOptions["device"],
    { events, sources = new Sources() }: Partial<Pick<ObjectFolderOptions, "events" | "sources">>,
  ): ObjectFolder {
    const quiet = { onOutput: () => {}, onValue: () => {}, onWarnings: () => {} };
    const read = (file: string): AheadPieceStart => this.piece(file);
    const parts = { folder, device, sources, read, events: events ?? quiet, log: this.#log };
    const watcher = new ObjectFolder(parts);
    void watcher.start();
    return watcher;
  }

  /** What takes note of a file once it is part of the program. Throws `AheadFileError` if it is too old. */
  #checked(signed: Signed | null, names: readonly string[]): () => void {
    const taken = this.#taken;
    if (signed === null || taken === null) return () => {};
    taken.check(signed, names);
    return () => taken.note(signed, names);
  }
}
