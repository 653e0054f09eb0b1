// Pieces as bytes: what compiles them encodes them once, for the cache and for the wire, and nobody in between decodes them.
import * as v from "valibot";
import { concat, encodeFrame } from "./frames.ts";
import { canonicalEncoder as encoder, decoder, kindNumbers, type Body } from "./messages.ts";
import { longestName, pieceSchema, type Piece } from "./piece.ts";

/** The answer to `compile` with its piece as it is on the wire. */
export interface EncodedObject extends Omit<Body<"object">, "piece"> {
  /** Of `encodePiece`. */
  readonly piece: Uint8Array;
}

/** A map of so many entries in MessagePack. */
const mapOf = (entries: number): Uint8Array => Uint8Array.of(0x80 | entries);

/** The bytes of a piece: the same for equal pieces. */
export function encodePiece(piece: Piece): Uint8Array {
  return encoder.encode(piece);
}

/** Why no device takes a piece, such as a name that is too long; null if they do. `bytes` are those of `encodePiece`. */
export function pieceProblem(piece: Piece, bytes: Uint8Array): string | null {
  // In so few bytes nothing is too long.
  if (bytes.length <= longestName) return null;
  const { issues } = v.safeParse(pieceSchema, piece, { abortEarly: true });
  if (issues === undefined) return null;
  return `${v.getDotPath(issues[0]) ?? "the piece"}: ${issues[0].message.slice(0, 200)}`;
}

/** The piece of what `encodePiece` gave; null for other bytes. */
export function decodePiece(bytes: Uint8Array): Piece | null {
  try {
    const result = v.safeParse(pieceSchema, decoder.decode(bytes), { abortEarly: true });
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** The entries of an answer but its signature, in the order of `canonicalBytes`. */
function entriesOf({ piece, cached, generation, times }: EncodedObject): Uint8Array[] {
  const entry = (name: string, value: unknown): Uint8Array[] => [
    encoder.encode(name),
    encoder.encode(value),
  ];
  return [
    ...entry("cached", cached),
    ...entry("generation", generation),
    encoder.encode("piece"),
    piece,
    ...entry("times", times),
  ];
}

/** What `canonicalBytes` gives for the answer without its signature. */
export function canonicalObject(object: EncodedObject): Uint8Array {
  return concat([mapOf(4), ...entriesOf(object)]);
}

/** The bytes of an `object` message. */
export function encodeObject(id: number, object: EncodedObject): Uint8Array {
  const { signature } = object;
  const signed =
    signature === undefined ? [] : [encoder.encode("signature"), encoder.encode(signature)];
  const parts = [mapOf(signature === undefined ? 4 : 5), ...entriesOf(object), ...signed];
  return encodeFrame({ kind: kindNumbers.object, id, body: concat(parts) });
}
