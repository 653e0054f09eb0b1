// Mutual proof of a secret that both sides have, and signatures of what the server sends.
//
// A proof is an HMAC-SHA-256 over the role, both challenges, the device and the server's key for signatures, so it cannot be
// used in the other direction or for another connection. The secret itself is never sent.
import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from "node:crypto";

/** What both sides of a connection know of it. */
export interface ProofContext {
  readonly device: string;
  readonly deviceChallenge: Uint8Array;
  readonly serverChallenge: Uint8Array;
  /** The server's public key in DER form. */
  readonly publicKey: Uint8Array;
}

const challengeSize = 32;
/** The fewest bytes of a secret. */
export const leastSecret = 16;

/** Fresh bytes that the other side has to use in its proof. */
export function newChallenge(): Uint8Array {
  return randomBytes(challengeSize);
}

/** The proof of one side. */
export function proofOf(
  secret: Uint8Array,
  role: "device" | "server",
  context: ProofContext,
): Uint8Array {
  const hmac = createHmac("sha256", secret);
  for (const part of [
    `anneal ${role}`,
    context.device,
    context.deviceChallenge,
    context.serverChallenge,
    context.publicKey,
  ]) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    hmac.update(size).update(bytes);
  }
  return hmac.digest();
}

/** Compares in a time that does not depend on the bytes. */
export function sameProof(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** What a signature is about: the object for one request of one device, once. */
export interface SignedContent {
  readonly device: string;
  readonly abi: string;
  /** Counts up in a connection, so that no answer can be used twice. */
  readonly generation: number;
  /** SHA-256 of the request. */
  readonly request: Uint8Array;
  /** SHA-256 of the answer without its signature. */
  readonly answer: Uint8Array;
}

/** A server's key pair for signatures: Ed25519, made when it starts. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** In DER form. */
  readonly publicKey: Uint8Array;
}

/** A new key pair. */
export function newSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { privateKey, publicKey: publicKey.export({ format: "der", type: "spki" }) };
}

/** SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

function signedBytes(content: SignedContent): Buffer {
  const head = JSON.stringify(["anneal object", content.device, content.abi, content.generation]);
  return Buffer.concat([Buffer.from(head), Buffer.from([0]), content.request, content.answer]);
}

/** Signs an answer. */
export function signContent(key: SigningKey, content: SignedContent): Uint8Array {
  return sign(null, signedBytes(content), key.privateKey);
}

/** Checks signatures of one server. */
export class SignatureCheck {
  readonly #key: KeyObject;

  /** Throws if the bytes are no key. */
  constructor(publicKey: Uint8Array) {
    this.#key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  }

  /** Whether the signature is one of the server about this content. */
  accepts(content: SignedContent, signature: Uint8Array): boolean {
    return verify(null, signedBytes(content), this.#key, signature);
  }
}
