// Signatures of files, and the keys that a device trusts.
import { createHash, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import type { AheadSigner, SealedAhead } from "../protocol/index.ts";
import type { SigningKey } from "./proof.ts";

/** Signs a file with a key; `issue` is larger than those of the files before it. */
export function signerWith({ privateKey, publicKey }: SigningKey, issue: number): AheadSigner {
  return { publicKey, issue, sign: (bytes) => sign(null, bytes, privateKey) };
}

/** A short form of a public key (DER) for people: `SHA256:` and 96 bits of the hash in base64url. */
export function fingerprint(publicKey: Uint8Array): string {
  const hash = createHash("sha256").update(publicKey).digest("base64url");
  return `SHA256:${hash.slice(0, 16)}`;
}

/** Who may have signed what a device takes. */
export class TrustedKeys {
  /** By fingerprint and DER form; null if anybody may, and nobody has to. */
  readonly #keys: ReadonlyMap<string, KeyObject> | null;
  readonly #names: readonly string[];

  /** Public keys in DER form (Ed25519); null: what is not signed is taken as well. Throws if one is no key. */
  constructor(keys: readonly Uint8Array[] | null) {
    this.#keys = keys === null ? null : new Map(keys.map((key) => [hex(key), keyOf(key)]));
    this.#names = (keys ?? []).map(fingerprint);
  }

  /** Whether anybody is named: then only what they have signed is taken. */
  get areNamed(): boolean {
    return this.#keys !== null;
  }

  /** Why a file is not taken; null if it is. A signature that is there must fit, whoever is trusted. */
  problemWith({ head, signed }: Pick<SealedAhead, "head" | "signed">): string | null {
    const { publicKey, signature } = head;
    if (publicKey === undefined || signature === undefined)
      return this.#keys === null
        ? null
        : "it is not signed, and this device takes only what one of its trusted keys has signed";
    const known = this.#keys?.get(hex(publicKey));
    if (this.#keys !== null && known === undefined)
      return `it is signed with the key ${fingerprint(publicKey)}, and this device trusts ${this.#names.join(", ")}`;
    try {
      if (verify(null, signed, known ?? keyOf(publicKey), signature)) return null;
    } catch {
      return "its signature is not one of Ed25519";
    }
    return `it is not what was signed with the key ${fingerprint(publicKey)}: it was changed since`;
  }
}

function keyOf(publicKey: Uint8Array): KeyObject {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  if (key.asymmetricKeyType !== "ed25519") throw new TypeError("not a key of Ed25519");
  return key;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
