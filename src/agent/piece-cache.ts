// Pieces that a compile server has compiled for this device, kept between two starts: what was compiled for the same source at the same
// point of the same program is not asked for again, and a program starts without a server.
//
// An entry is what went over the wire, request and answer, as in a file of `anneal compile --aot`. It counts if the modules that it imports
// are still the same. With a secret its tag is one that only who has the secret can make.
import { createHash, createHmac } from "node:crypto";
import {
  decodeAhead,
  encodeAhead,
  decodeMessage,
  encodeMessage,
  FrameReader,
  type HostDeclaration,
  type Piece,
  type SourceText,
  type Target,
} from "../protocol/index.ts";
import type { NativeRuntime } from "../device/index.ts";
import { currentAbi } from "../runtime/index.ts";
import { FolderStore } from "../store/index.ts";
import type { CompileRequest } from "./compile-client.ts";

/** Where a device keeps its pieces. */
export interface PieceCacheOptions {
  readonly folder: string;
  /** Null: tags show damage alone, and the folder must be this user's. */
  readonly secret: Uint8Array | null;
  /** Name and version of the agent: code that another one has got is not used. */
  readonly agent: string;
  /** The text of a module `a/b`; null if there is none. */
  readonly readModule: (path: string) => string | null;
}

/** What the program is that a piece is for. */
export interface ProgramPoint {
  /** Equal for programs that have come about in the same way. */
  readonly history: string;
  readonly symbols: readonly HostDeclaration[];
  /** What its code is made for. */
  readonly target: Target;
}

const suffix = ".anneal";
const mostBytes = 64 * 2 ** 20;

/** See the head of this file. */
export class PieceCache {
  readonly #options: PieceCacheOptions;
  readonly #store: FolderStore;

  /** Throws `StoreError` if others may write to the folder, or the system's error. */
  constructor(options: PieceCacheOptions) {
    this.#options = options;
    const { folder, secret } = options;
    const key =
      secret === null ? null : createHmac("sha256", secret).update("anneal pieces").digest();
    this.#store = new FolderStore({ folder, suffix, mostBytes, key });
  }

  /** The piece that a request got at this point of a program; null if it is not known. */
  find(request: CompileRequest, point: ProgramPoint): Piece | null {
    const bytes = this.#store.read(this.#keyOf(request, point));
    if (bytes === null) return null;
    try {
      const { request: known, answer } = decodeAhead(bytes);
      return this.#isCurrent(known.files) ? answer.piece : null;
    } catch {
      // Another version of the protocol.
      return null;
    }
  }

  /** Keeps a piece; `files` are the modules that the device has been asked for. */
  put(
    request: CompileRequest,
    point: ProgramPoint,
    known: { readonly piece: Piece; readonly files: readonly SourceText[] },
  ): void {
    const files = known.files.map((file) => ({ ...file }));
    const whole = { ...request, version: 0, deadline: 0, files };
    const times = { frontend: 0, backend: 0 };
    const answer = { piece: known.piece, times, cached: true, generation: 0 };
    this.#store.write(this.#keyOf(request, point), encodeAhead({ request: whole, answer }));
  }

  /** What every native program on this machine needs; null if it is not known. */
  findRuntime(target: Target): NativeRuntime | null {
    const bytes = this.#store.read(this.#runtimeKey(target));
    if (bytes === null) return null;
    try {
      const [frame] = new FrameReader(bytes.length).push(bytes);
      const message = frame === undefined ? null : decodeMessage(frame);
      return message?.kind === "runtime-objects" ? message.body : null;
    } catch {
      return null;
    }
  }

  putRuntime(target: Target, { runtime, library }: NativeRuntime): void {
    const body = { runtime, library, generation: 0 };
    this.#store.write(this.#runtimeKey(target), encodeMessage("runtime-objects", 0, body));
  }

  #runtimeKey(target: Target): string {
    const parts = [this.#options.agent, currentAbi(), "runtime", target];
    return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  }

  #isCurrent(files: readonly SourceText[]): boolean {
    const { readModule } = this.#options;
    return files.every(({ path, text }) => readModule(path) === text);
  }

  #keyOf(request: CompileRequest, { history, symbols, target }: ProgramPoint): string {
    const { path, text, line, column, program, level } = request;
    const source = [path, text, line, column, program, level];
    const parts = [this.#options.agent, currentAbi(), history, symbols, target, source];
    return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  }
}
