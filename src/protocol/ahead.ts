// What was compiled ahead: requests and answers as they would be on the wire, one frame each. A piece for a program has the request of that
// program in front.
//
// A file begins with a head (`ahead`), which says what its code is made for, and who has signed it. The signature is about everything else
// in the file, so it is checked before any of that is looked at.
import { concat, firstFrameLimit, FrameError, FrameReader, lengthSize } from "./frames.ts";
import {
  canonicalBytes,
  decodeMessage,
  encodeMessage,
  MessageError,
  type Body,
  type Message,
} from "./messages.ts";

/** A program with its object. */
export interface AheadProgram {
  /** What every native program needs; null for wasm. */
  readonly runtime?: Body<"runtime-objects"> | null;
  readonly request: Body<"compile">;
  readonly answer: Body<"object">;
}

/** A piece that was compiled for a program as it is when it starts. */
export interface AheadPiece extends Omit<AheadProgram, "runtime"> {
  /** The request for the program. */
  readonly base: Body<"compile">;
}

/** A file whose content is not looked at yet. */
export interface SealedAhead {
  readonly head: Body<"ahead">;
  /** What the signature is about. */
  readonly signed: Uint8Array;
  readonly content: Uint8Array;
}

/** What signs a file. */
export interface AheadSigner {
  readonly publicKey: Uint8Array;
  /** The number of the file: larger than that of each file that the key has signed before. */
  readonly issue: number;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

/** So that no signature of something else fits. */
const domain = Uint8Array.from("anneal ahead\0", (character) => character.charCodeAt(0));

/** The content of a file with its head. `signer` is null for one that nobody has signed. */
export function sealAhead(
  content: Uint8Array,
  { abi, target }: Pick<Body<"ahead">, "abi" | "target">,
  signer: AheadSigner | null,
): Uint8Array {
  if (signer === null) return concat([encodeMessage("ahead", 0, { abi, target }), content]);
  const head = { abi, target, issue: signer.issue, publicKey: signer.publicKey };
  const signature = signer.sign(signedBytes(head, content));
  return concat([encodeMessage("ahead", 0, { ...head, signature }), content]);
}

/** Takes the head off a file. Throws `MessageError`. */
export function unsealAhead(bytes: Uint8Array): SealedAhead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < lengthSize ? 0 : view.getUint32(0, true);
  const end = lengthSize + Math.min(length, firstFrameLimit);
  const [message, ...rest] = messagesIn(bytes.subarray(0, end), firstFrameLimit);
  if (message?.kind !== "ahead" || message.id !== 0 || rest.length > 0)
    throw new MessageError("not a file that was compiled ahead");
  const { signature: _, ...head } = message.body;
  const content = bytes.subarray(end);
  return { head: message.body, signed: signedBytes(head, content), content };
}

function signedBytes(head: Omit<Body<"ahead">, "signature">, content: Uint8Array): Uint8Array {
  return concat([domain, canonicalBytes("ahead", head), content]);
}

/** A program as content of a file. */
export function encodeAhead({ request, answer, runtime }: AheadProgram): Uint8Array {
  const own = [encodeMessage("compile", 0, request), encodeMessage("object", 0, answer)];
  return concat(runtime == null ? own : [...own, encodeMessage("runtime-objects", 0, runtime)]);
}

/** A piece as content of a file. */
export function encodeAheadPiece(piece: AheadPiece): Uint8Array {
  return concat([encodeMessage("compile", 0, piece.base), encodeAhead(piece)]);
}

/** Reads a program. Throws `MessageError`. */
export function decodeAhead(bytes: Uint8Array): AheadProgram {
  const [request, answer, runtime, ...rest] = messagesIn(bytes);
  if (request?.kind === "compile" && answer?.kind === "object" && rest.length === 0) {
    const program = { request: request.body, answer: answer.body };
    if (runtime === undefined) return program;
    if (runtime.kind === "runtime-objects") return { ...program, runtime: runtime.body };
  }
  throw new MessageError("not a program that was compiled ahead");
}

/** Reads a piece. Throws `MessageError`. */
export function decodeAheadPiece(bytes: Uint8Array): AheadPiece {
  const [base, request, answer, ...rest] = messagesIn(bytes);
  if (base?.kind === "compile" && request?.kind === "compile" && answer?.kind === "object")
    if (rest.length === 0) return { base: base.body, request: request.body, answer: answer.body };
  throw new MessageError("not a piece that was compiled ahead for a program");
}

function messagesIn(bytes: Uint8Array, limit = bytes.length): Message[] {
  try {
    return [...new FrameReader(limit).push(bytes)].map(decodeMessage);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw new MessageError(error.message);
  }
}
