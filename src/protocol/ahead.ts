// Programs that were compiled ahead: a file with the request and the answer as they would be on the wire, one frame each.
import { FrameError, FrameReader } from "./frames.ts";
import { decodeMessage, encodeMessage, MessageError, type Body } from "./messages.ts";

/** A program with its object. */
export interface AheadProgram {
  readonly request: Body<"compile">;
  readonly answer: Body<"object">;
}

/** The bytes of the file. */
export function encodeAhead({ request, answer }: AheadProgram): Uint8Array {
  const parts = [encodeMessage("compile", 0, request), encodeMessage("object", 0, answer)];
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
  try {
    const messages = [...new FrameReader(bytes.length).push(bytes)].map(decodeMessage);
    const [request, answer, ...rest] = messages;
    if (request?.kind === "compile" && answer?.kind === "object" && rest.length === 0)
      return { request: request.body, answer: answer.body };
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw new MessageError(error.message);
  }
  throw new MessageError("not a program that was compiled ahead");
}
