// Frames: how messages lie in a stream of bytes.
//
// Encoding, numbers little-endian: u32 length of what follows; u8 version of the protocol; u8 kind of the message; u32 id of
// the request (an answer has that of its request, a message that wants no answer has 0); the body.

/** Version of the protocol; both sides have the same or do not talk. */
export const protocolVersion = 1;
/** The longest frame that is taken before the other side is known, in bytes. */
export const firstFrameLimit = 64 * 1024;
/** The longest frame that is taken unless told otherwise, in bytes. */
export const defaultFrameLimit = 16 * 2 ** 20;

/** Bytes of the length in front of a frame. */
export const lengthSize = 4;
const headSize = 6;

/** Chunks up to this size are put together: each takes more memory than its bytes. */
const smallChunk = 16 * 1024;

/** One message as it was on the wire. */
export interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly body: Uint8Array;
}

/** Why a stream of bytes is not one of frames; the connection cannot go on. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FrameError";
  }
}

/** The bytes of a frame, to be written at once. */
export function encodeFrame({ kind, id, body }: Frame): Uint8Array {
  const bytes = new Uint8Array(lengthSize + headSize + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, headSize + body.length, true);
  view.setUint8(4, protocolVersion);
  view.setUint8(5, kind);
  view.setUint32(6, id, true);
  bytes.set(body, lengthSize + headSize);
  return bytes;
}

/** Bytes behind each other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Cuts frames out of the chunks of a stream. Holds at most one unfinished frame. */
export class FrameReader {
  /** The longest frame that is taken, in bytes. */
  limit: number;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(limit = firstFrameLimit) {
    this.limit = limit;
  }

  /** Whether a part of a frame is there. */
  get isInside(): boolean {
    return this.#size > 0;
  }

  /** The frames that are whole now. Throws `FrameError`; nothing may be pushed after that. */
  *push(chunk: Uint8Array): Generator<Frame, void> {
    this.#append(chunk);
    this.#size += chunk.length;
    while (this.#size >= lengthSize) {
      const length = this.#peekLength();
      if (this.#size < lengthSize + length) return;
      const bytes = this.#take(lengthSize + length);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      yield {
        kind: view.getUint8(5),
        id: view.getUint32(6, true),
        body: bytes.subarray(lengthSize + headSize),
      };
    }
  }

  /** Chunks double while they are small, so a byte is copied a few times at most. */
  #append(chunk: Uint8Array): void {
    let added = chunk;
    for (
      let last = this.#chunks.at(-1);
      last !== undefined && last.length <= added.length && added.length <= smallChunk;
      last = this.#chunks.at(-1)
    ) {
      this.#chunks.pop();
      added = concat([last, added]);
    }
    this.#chunks.push(added);
  }

  /** How many chunks are held. */
  get chunks(): number {
    return this.#chunks.length;
  }

  /** The length of the next frame, checked; with the version if that is there already. */
  #peekLength(): number {
    const head = this.#head(lengthSize + 1);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const length = view.getUint32(0, true);
    if (length > this.limit)
      throw new FrameError(`a frame of ${length} bytes, the limit is ${this.limit}`);
    if (length < headSize) throw new FrameError(`a frame of ${length} bytes, less than its head`);
    const version = head[lengthSize];
    if (version !== undefined && version !== protocolVersion)
      throw new FrameError(`protocol version ${version}, expected ${protocolVersion}`);
    return length;
  }

  /** The first bytes, as many as there are of `count`. */
  #head(count: number): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= Math.min(count, this.#size)) return first;
    const wanted = Math.min(count, this.#size);
    const bytes = this.#take(wanted);
    this.#chunks.unshift(bytes);
    this.#size += bytes.length;
    return bytes;
  }

  /** Removes the first bytes; `count` of them are there. Copies at most once. */
  #take(count: number): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= count) {
      if (first.length === count) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(count);
      this.#size -= count;
      return first.subarray(0, count);
    }
    const bytes = new Uint8Array(count);
    let at = 0;
    let index = 0;
    while (at < count) {
      const chunk = this.#chunks[index] ?? new Uint8Array(0);
      const part = chunk.subarray(0, count - at);
      bytes.set(part, at);
      at += part.length;
      if (part.length < chunk.length) {
        this.#chunks[index] = chunk.subarray(part.length);
        break;
      }
      index += 1;
    }
    this.#chunks = this.#chunks.slice(index);
    this.#size -= count;
    return bytes;
  }
}
