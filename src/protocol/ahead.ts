// Programs that were compiled ahead: a file with the request and the answer as they would be on the wire, one frame each. A piece for a program
// has the request of that program in front.
import { FrameError, FrameReader } from "./frames.ts";
import { decodeMessage, encodeMessage, MessageError, type Body, type Message } from "./messages.ts";

/** A program with its object. */
export interface AheadProgram {
  readonly request: Body<"compile">;
  readonly answer: Body<"object">;
}

/** A piece that was compiled for a program as it is when it starts. */
export interface AheadPiece extends AheadProgram {
  /** The request for the program. */
  readonly base: Body<"compile">;
}

/** The bytes of the file. */
export function encodeAhead({ request, answer }: AheadProgram): Uint8Array {
  return concat([encodeMessage("compile", 0, request), encodeMessage("object", 0, answer)]);
}

/** The bytes of the file. */
export function encodeAheadPiece(piece: AheadPiece): Uint8Array {
  return concat([encodeMessage("compile", 0, piece.base), encodeAhead(piece)]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Reads such a file. Throws `MessageError`. */
export function decodeAhead(bytes: Uint8Array): AheadProgram {
  const [request, answer, ...rest] = messagesIn(bytes);
  if (request?.kind === "compile" && answer?.kind === "object" && rest.length === 0)
    return { request: request.body, answer: answer.body };
  throw new MessageError("not a program that was compiled ahead");
}

/** Reads such a file. Throws `MessageError`. */
export function decodeAheadPiece(bytes: Uint8Array): AheadPiece {
  const [base, request, answer, ...rest] = messagesIn(bytes);
  if (base?.kind === "compile" && request?.kind === "compile" && answer?.kind === "object")
    if (rest.length === 0) return { base: base.body, request: request.body, answer: answer.body };
  throw new MessageError("not a piece that was compiled ahead for a program");
}

function messagesIn(bytes: Uint8Array): Message[] {
  try {
    return [...new FrameReader(bytes.length).push(bytes)].map(decodeMessage);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw new MessageError(error.message);
  }
}
