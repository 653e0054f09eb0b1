// What the agent keeps of the program: enough to tell a compile server that knows nothing of it.
import type {
  Body,
  Numbering,
  Piece,
  PieceLayout,
  PieceRecord,
  PieceSource,
} from "../protocol/index.ts";

interface Point {
  readonly version: number;
  readonly pieces: number;
  readonly generation: number;
}

/** Versions that one may go back to. */
const mostPoints = 64;

/** The record of one program. */
export class ProgramRecord {
  readonly #pieces: PieceRecord[] = [];
  readonly #layouts: PieceLayout[] = [];
  #slots = new Map<string, string>();
  #points: Point[] = [{ version: 0, pieces: 0, generation: 0 }];
  #version = 0;
  #numbering: Numbering = { count: 0, generation: 0, generations: 0 };

  /** How many changes the program has kept. */
  get version(): number {
    return this.#version;
  }

  /** Takes note of a piece that the program has kept. */
  keep(source: PieceSource, piece: Piece, whole: boolean): void {
    if (piece.declares) this.#pieces.push({ ...source, whole, numbering: piece.numbering });
    this.#layouts.push(...piece.layouts);
    for (const { key, content } of piece.functions) this.#slots.set(key, content);
    this.#numbering = piece.next;
    this.#version += 1;
    if (piece.declares) this.#remember();
  }

  /** The program went back to an earlier version; these are the contents of its slots. */
  rollback(version: number, slots: Iterable<readonly [string, string]>): void {
    const point = this.#points.findLast((one) => one.version <= version);
    if (point === undefined) throw new RangeError(`version ${version} is not known`);
    this.#pieces.length = point.pieces;
    this.#numbering = { ...this.#numbering, generation: point.generation };
    this.#slots = new Map(slots);
    this.#points = this.#points.filter((one) => one.version <= version);
    this.#version += 1;
    this.#remember();
  }

  #remember(): void {
    const { generation } = this.#numbering;
    this.#points.push({ version: this.#version, pieces: this.#pieces.length, generation });
    if (this.#points.length > mostPoints) this.#points.shift();
  }

  /** All of it, for a compile server. */
  replay(): Omit<Body<"replay">, "files"> {
    return {
      version: this.#version,
      pieces: this.#pieces,
      layouts: this.#layouts,
      numbering: this.#numbering,
      slots: [...this.#slots],
    };
  }
}
