// Keys in files: the one that signs what is compiled ahead, the public ones that a device trusts, and a device's own for its cache.
//
// Private keys are PEM (PKCS #8) for their owner alone; beside each stands the public one (SPKI) with `.pub` at the end of its name.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import {
  fstatSync,
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { makeFolder, StoreError } from "./folder-store.ts";

/** A key pair in a file. */
export interface StoredKey {
  readonly privateKey: KeyObject;
  /** In DER form. */
  readonly publicKey: Uint8Array;
  /** Whether the file was made just now. */
  readonly isNew: boolean;
}

const mostBytes = 64 * 1024;
const othersMay = 0o077;
const othersMayWrite = 0o022;
const cacheKeySize = 32;

/** Where the user's keys are: `anneal` in the folder where the system keeps settings. */
export function userKeyFolder(): string {
  const { XDG_CONFIG_HOME: shared } = process.env;
  const base = shared !== undefined && shared !== "" ? shared : path.join(homedir(), ".config");
  return path.join(base, "anneal");
}

/** The name of the file with the public key that belongs to a private one. */
export function publicFileOf(file: string): string {
  return `${file}.pub`;
}

/**
 * The key to sign with; made if there is no such file. Throws `StoreError` if others may read it or it holds something else, the system's
 * error if it can neither be read nor made.
 */
export function openSigningKey(file: string): StoredKey {
  let isNew = false;
  const text = readOrMake(file, () => {
    isNew = true;
    return generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" });
  });
  const privateKey = parsed(file, () => createPrivateKey(text));
  const publicKey = createPublicKey(privateKey);
  if (isNew) writeFileSync(publicFileOf(file), publicKey.export({ format: "pem", type: "spki" }));
  return { privateKey, publicKey: publicKey.export({ format: "der", type: "spki" }), isNew };
}

/**
 * A number for the next file that is signed with the key in a file: the time in milliseconds since 1970, and always larger than the last one,
 * which is kept beside the key. Where that cannot be written, as in a folder of secrets, it is the time.
 */
export function nextIssue(file: string, now = Date.now()): number {
  const kept = `${file}.issue`;
  let last = 0;
  try {
    last = Number(readFileSync(kept, "latin1"));
  } catch {
    // The first one.
  }
  const issue = Number.isSafeInteger(last) && last >= now ? last + 1 : now;
  const temporary = `${kept}.${process.pid}`;
  try {
    writeFileSync(temporary, `${issue}\n`, { mode: 0o600 });
    renameSync(temporary, kept);
  } catch {
    rmSync(temporary, { force: true });
  }
  return issue;
}

/** The public keys in a file, in DER form, at least one. Throws `StoreError` if others may write to it, or the system's error. */
export function readPublicKeys(file: string): Uint8Array[] {
  const text = readChecked(file, othersMayWrite, "others may write to");
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g) ?? [];
  if (blocks.length === 0) throw new StoreError(`\`${file}\` has no public key (PEM)`);
  return blocks.map((block) =>
    parsed(file, () => createPublicKey(block)).export({ format: "der", type: "spki" }),
  );
}

/** Bytes that nobody but the owner of the file has; made if there is none. Throws as `openSigningKey`. */
export function openCacheKey(file: string): Uint8Array {
  const text = readOrMake(file, () => `${randomBytes(cacheKeySize).toString("hex")}\n`);
  const key = Buffer.from(text.trim(), "hex");
  if (key.length !== cacheKeySize) throw new StoreError(`\`${file}\` holds no key`);
  return key;
}

/** Two processes may make one at the same time: the first one's counts for both. */
function readOrMake(file: string, make: () => string | Buffer): string {
  try {
    return readChecked(file, othersMay, "others may read");
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
  makeFolder(path.dirname(file));
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(temporary, make(), { mode: 0o600, flag: "wx" });
    linkSync(temporary, file);
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readChecked(file, othersMay, "others may read");
}

/** What is read is what was checked: one open file. */
function readChecked(file: string, forbidden: number, problem: string): string {
  const descriptor = openSync(file, "r");
  try {
    const { mode, uid, size } = fstatSync(descriptor);
    if (process.platform !== "win32") {
      if ((mode & forbidden) !== 0) throw new StoreError(`${problem} \`${file}\``);
      const user = process.getuid?.() ?? uid;
      if (uid !== user && uid !== 0) throw new StoreError(`\`${file}\` is somebody else's`);
    }
    if (size > mostBytes) throw new StoreError(`\`${file}\` is no key: it has ${size} bytes`);
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

function parsed(file: string, parse: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch {
    throw new StoreError(`\`${file}\` holds no key (PEM)`);
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new StoreError(`\`${file}\` holds a key of ${key.asymmetricKeyType}, not of Ed25519`);
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
