// What the agent keeps of the program: enough to tell a compile server that knows nothing of it.
import type {
  Body,
  Numbering,
  Piece,
  PieceLayout,
  PieceRecord,
  PieceSource,
} from "../protocol/index.ts";

/** Pieces with declarations, the newest first. */
interface Kept {
  readonly record: PieceRecord;
  /** The functions that it declares if it declares nothing else, in order. */
  readonly functions: string | null;
  readonly before: Kept | null;
}

interface Point {
  readonly version: number;
  readonly pieces: Kept | null;
  readonly generation: number;
}

/** Versions that one may go back to. */
const mostPoints = 64;

/** The record of one program. */
export class ProgramRecord {
  #pieces: Kept | null = null;
  readonly #layouts: PieceLayout[] = [];
  #slots = new Map<string, string>();
  #points: Point[] = [{ version: 0, pieces: null, generation: 0 }];
  #version = 0;
  #numbering: Numbering = { count: 0, generation: 0, generations: 0 };

  /** How many changes the program has kept. */
  get version(): number {
    return this.#version;
  }

  /** Takes note of a piece that the program has kept. */
  keep(source: PieceSource, piece: Piece, whole: boolean): void {
    if (piece.declares) this.#add({ ...source, whole, numbering: piece.numbering }, piece);
    this.#layouts.push(...piece.layouts);
    for (const { key, content } of piece.functions) this.#slots.set(key, content);
    this.#numbering = piece.next;
    this.#version += 1;
    if (piece.declares) this.#remember();
  }

  /** A piece that declares the same functions as the one before it, and nothing else, takes its place. */
  #add(record: PieceRecord, { declaredFunctions }: Piece): void {
    const functions = declaredFunctions?.toSorted().join() ?? null;
    const last = this.#pieces;
    const replaces = last !== null && functions !== null && last.functions === functions;
    this.#pieces = { record, functions, before: replaces ? last.before : last };
  }

  /** The program went back to an earlier version; these are the contents of its slots. */
  rollback(version: number, slots: Iterable<readonly [string, string]>): void {
    const point = this.#points.findLast((one) => one.version <= version);
    if (point === undefined) throw new RangeError(`version ${version} is not known`);
    this.#pieces = point.pieces;
    this.#numbering = { ...this.#numbering, generation: point.generation };
    this.#slots = new Map(slots);
    this.#points = this.#points.filter((one) => one.version <= version);
    this.#version += 1;
    this.#remember();
  }

  #remember(): void {
    const { generation } = this.#numbering;
    this.#points.push({ version: this.#version, pieces: this.#pieces, generation });
    if (this.#points.length > mostPoints) this.#points.shift();
  }

  /** All of it, for a compile server. */
  replay(): Omit<Body<"replay">, "files"> {
    const pieces: PieceRecord[] = [];
    for (let kept = this.#pieces; kept !== null; kept = kept.before) pieces.push(kept.record);
    return {
      version: this.#version,
      pieces: pieces.toReversed(),
      layouts: this.#layouts,
      numbering: this.#numbering,
      slots: [...this.#slots],
    };
  }
}
