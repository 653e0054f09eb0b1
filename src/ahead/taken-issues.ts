// Which file of each program a device has taken last. A signature says who made a file but not that it is the newest: an old one that was
// signed could be brought again, with all the mistakes that the newer one does not have.
import { createHash } from "node:crypto";
import { FolderStore } from "../store/index.ts";
import { AheadFileError, type Signed } from "./ahead-file.ts";

/** Where it is kept what was taken. */
export interface TakenIssuesOptions {
  /** Made if it is not there; nobody else may write to it. */
  readonly folder: string;
  /** An older file is taken, and counts as the newest from then on. */
  readonly allowOlder: boolean;
  /** Receives a line if what was taken cannot be kept. */
  readonly log: (line: string) => void;
}

const suffix = ".taken";
const mostBytes = 16 * 2 ** 20;

/** See the head of this file. */
export class TakenIssues {
  readonly #options: TakenIssuesOptions;
  readonly #store: FolderStore;

  /** Throws `StoreError` if others may write to the folder, or the system's error if it can neither be found nor made. */
  constructor(options: TakenIssuesOptions) {
    this.#options = options;
    this.#store = new FolderStore({ folder: options.folder, suffix, mostBytes, key: null });
  }

  /** Throws `AheadFileError` for a file that is older than one of the same key and names that was taken. */
  check(signed: Signed, names: readonly string[]): void {
    const last = this.#last(signed, names);
    if (this.#options.allowOlder || signed.issue >= last) return;
    const what = names.map((name) => `\`${name}\``).join(" for ");
    throw new AheadFileError(
      `it was signed at ${timeOf(signed.issue)}, and this device has taken ${what} of ${timeOf(last)}: somebody may have brought an old one`,
      "compile it again, or start the device once with --allow-older to go back",
    );
  }

  /** The file has become part of the program. */
  note(signed: Signed, names: readonly string[]): void {
    if (signed.issue === this.#last(signed, names)) return;
    const written = this.#store.write(nameOf(signed, names), Buffer.from(String(signed.issue)));
    if (!written)
      this.#options.log(
        `cannot keep in \`${this.#options.folder}\` what was taken: an older one would be taken, too`,
      );
  }

  #last(signed: Signed, names: readonly string[]): number {
    const known = this.#store.read(nameOf(signed, names));
    const issue = known === null ? 0 : Number(Buffer.from(known).toString());
    return Number.isSafeInteger(issue) ? issue : 0;
  }
}

function nameOf({ publicKey }: Signed, names: readonly string[]): string {
  const key = Buffer.from(publicKey).toString("hex");
  return createHash("sha256")
    .update(JSON.stringify([key, names]))
    .digest("hex");
}

/** Numbers that are no time are shown as they are. */
function timeOf(issue: number): string {
  const date = new Date(issue);
  return Number.isNaN(date.getTime()) ? String(issue) : date.toISOString();
}
