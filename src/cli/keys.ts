// Keys for what is compiled ahead: the one that signs it, and those that a device trusts.
import path from "node:path";
import { AheadFiles } from "../ahead/index.ts";
import type { AheadSigner } from "../protocol/index.ts";
import {
  nextIssue,
  openCacheKey,
  openSigningKey,
  publicFileOf,
  readPublicKeys,
  StoreError,
  userKeyFolder,
} from "../store/index.ts";
import { fingerprint, signerWith } from "../transport/index.ts";
import { writeText } from "./output.ts";
import { UsageError } from "./usage.ts";

const defaultKey = "signing-key";
const cacheKey = "cache-key";

/**
 * What signs with the key in a file, undefined for the user's own; it is made if it is not there, and said where. Null, with a line on
 * standard error, where the user's own can be neither read nor made. Throws `UsageError`.
 */
export function signerOf(file: string | undefined): AheadSigner | null {
  const known = file ?? path.join(userKeyFolder(), defaultKey);
  try {
    const key = openSigningKey(known);
    if (key.isNew)
      writeText(
        2,
        `anneal: signed with a new key, \`${known}\` (${fingerprint(key.publicKey)}); devices get \`${publicFileOf(known)}\` with --trust-key\n`,
      );
    return signerWith(key, nextIssue(known));
  } catch (error) {
    const reason = messageOf(error);
    if (file !== undefined || error instanceof StoreError)
      throw new UsageError(
        `cannot sign: ${reason}`,
        `the key is for you alone (chmod 600 ${known}); or name another one with --sign-key`,
      );
    writeText(2, `anneal: not signed: ${reason}\n`);
    return null;
  }
}

/** What a device takes that trusts the keys in these files; without files it takes everything. Throws `UsageError`. */
export function trustedFiles(files: readonly string[], allowOlder: boolean): AheadFiles {
  const log = (line: string): void => writeText(2, `anneal: ${line}\n`);
  // So that what is wrong with a key is not taken for what is wrong with the folder.
  checkKeys(files);
  try {
    return new AheadFiles({ trustedKeys: files, allowOlder, log });
  } catch (error) {
    throw new UsageError(
      `cannot keep which files were taken: ${messageOf(error)}`,
      `\`${userKeyFolder()}\` is for that, a folder of your own that nobody else may write to`,
    );
  }
}

function checkKeys(files: readonly string[]): void {
  try {
    for (const file of files) readPublicKeys(file);
  } catch (error) {
    throw new UsageError(
      `no key to trust: ${messageOf(error)}`,
      "name files with public keys, which `anneal compile --aot` writes beside its own",
    );
  }
}

/** What tags the pieces that a device keeps where it has no secret. Throws `UsageError`. */
export function ownCacheKey(): Uint8Array {
  const file = path.join(userKeyFolder(), cacheKey);
  try {
    return openCacheKey(file);
  } catch (error) {
    throw new UsageError(
      `cannot keep compiled pieces: ${messageOf(error)}`,
      `\`${file}\` is the key of this device's cache, for you alone`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
