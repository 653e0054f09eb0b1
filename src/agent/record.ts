// What the agent keeps of the program: enough to tell a compile server that knows nothing of it.
import { createHash } from "node:crypto";
import {
  functionsOf,
  type Body,
  type Numbering,
  type Piece,
  type PieceLayout,
  type PieceRecord,
  type PieceSource,
} from "../protocol/index.ts";

/** Pieces with declarations, the newest first. */
interface Kept {
  readonly record: PieceRecord;
  /** The names that it declares. */
  readonly names: readonly string[];
  /** The same in order if they are functions, and it declares nothing else. */
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
  #history = "";
  #inForce: readonly string[] = [];

  /** How many changes the program has kept. */
  get version(): number {
    return this.#version;
  }

  /** Hash of all that has made the program what it is: where it is equal, so is what a piece compiles to. */
  get history(): string {
    return this.#history;
  }

  #note(change: unknown): void {
    const text = JSON.stringify([this.#history, change]);
    this.#history = createHash("sha256").update(text).digest("base64url");
  }

  /** Takes note of a piece that the program has kept. `apart`: it may be removed, so no other piece takes its place. */
  keep(
    source: PieceSource,
    piece: Piece,
    { whole, apart = false }: { readonly whole: boolean; readonly apart?: boolean },
  ): void {
    const { declares, layouts, numbering } = piece;
    const functions = functionsOf(piece);
    // What neither declares nor leaves anything behind changes nothing for later pieces.
    if (declares || functions.length > 0 || layouts.length > 0)
      this.#note([source, whole, numbering]);
    if (piece.declares) this.#add({ ...source, whole, numbering: piece.numbering }, piece, apart);
    this.#layouts.push(...piece.layouts);
    for (const { key, content } of functions) this.#slots.set(key, content);
    this.#numbering = piece.next;
    this.#inForce = piece.inForce;
    this.#version += 1;
    if (piece.declares) this.#remember();
  }

  /** A piece that declares the same functions as the one before it, and nothing else, takes its place. */
  #add(record: PieceRecord, { declared, functionsOnly }: Piece, apart: boolean): void {
    const functions = functionsOnly && !apart ? declared.toSorted().join() : null;
    const last = this.#pieces;
    const replaces = last !== null && functions !== null && last.functions === functions;
    this.#pieces = { record, names: declared, functions, before: replaces ? last.before : last };
  }

  /**
   * The program went back to an earlier version; these are the contents of its slots. The result is the names that are not
   * declared as before.
   */
  rollback(version: number, slots: Iterable<readonly [string, string]>): string[] {
    const point = this.#points.findLast((one) => one.version <= version);
    if (point === undefined) throw new RangeError(`version ${version} is not known`);
    const names = new Set<string>();
    const staying = new Set(chainOf(point.pieces));
    for (const kept of chainOf(this.#pieces)) {
      if (staying.has(kept)) break;
      for (const name of kept.names) names.add(name);
    }
    this.#pieces = point.pieces;
    this.#numbering = { ...this.#numbering, generation: point.generation };
    this.#slots = new Map(slots);
    this.#points = this.#points.filter((one) => one.version <= version);
    this.#version += 1;
    this.#note(["rollback", version, [...this.#slots]]);
    this.#remember();
    return [...names];
  }

  #remember(): void {
    const { generation } = this.#numbering;
    this.#points.push({ version: this.#version, pieces: this.#pieces, generation });
    if (this.#points.length > mostPoints) this.#points.shift();
  }

  /** The source of the program itself; null if there is none. */
  get program(): PieceSource | null {
    return [...chainOf(this.#pieces)].at(-1)?.record ?? null;
  }

  /**
   * A piece that was compiled for the program as it was when it started, as one for the program as it is. The result is a text that
   * says why it does not fit if it declares more than functions and other pieces have come since.
   */
  adapt(piece: Piece): Piece | string {
    const here = this.#numbering;
    const { numbering, layoutStart } = piece;
    if (numbering.generation !== here.generation) return "types of the program have changed since";
    const isNewest =
      numbering.count === here.count &&
      numbering.generations === here.generations &&
      layoutStart === this.#layouts.length;
    if (!isNewest && (!piece.functionsOnly || piece.layouts.length > 0))
      return "it declares more than functions, and the program has changed since";
    const inForce = [...new Set([...this.#inForce, ...piece.inForce])];
    const next = isNewest ? piece.next : here;
    return { ...piece, numbering: here, next, layoutStart: this.#layouts.length, inForce };
  }

  /** The first piece after this one that names what it alone declares; null if there is none. */
  userOf(source: PieceSource): PieceSource | null {
    const chain = [...chainOf(this.#pieces)];
    const at = chain.findIndex(({ record }) => sameSource(record, source));
    const others = chain.filter((_, index) => index !== at);
    const words = (chain[at]?.names ?? [])
      .filter((name) => !others.some(({ names }) => names.includes(name)))
      .map((name) => new RegExp(`\\b${name}\\b`));
    const later = chain.slice(0, Math.max(0, at)).toReversed();
    return later.find(({ record }) => words.some((word) => word.test(record.text)))?.record ?? null;
  }

  /** The program is without a piece again; these are the contents of its slots, null if another one has taken its place. */
  remove(source: PieceSource, slots: Iterable<readonly [string, string]> | null): void {
    const pieces = [...chainOf(this.#pieces)].filter(({ record }) => !sameSource(record, source));
    this.#pieces = null;
    for (const piece of pieces.toReversed()) this.#pieces = { ...piece, before: this.#pieces };
    this.#note(["remove", source]);
    if (slots === null) return;
    this.#slots = new Map(slots);
    this.#version += 1;
    this.#points = [];
    this.#remember();
  }

  /** Whether there is code of the program in the slot. */
  has(key: string): boolean {
    return this.#slots.has(key);
  }

  /** Slots that are free again. */
  unload(keys: readonly string[]): void {
    for (const key of keys) this.#slots.delete(key);
    this.#note(["unload", keys]);
  }

  /** All of it, for a compile server. */
  replay(): Omit<Body<"replay">, "files"> {
    const pieces = [...chainOf(this.#pieces)].map(({ record }) => record);
    return {
      version: this.#version,
      pieces: pieces.toReversed(),
      layouts: this.#layouts,
      numbering: this.#numbering,
      slots: [...this.#slots],
    };
  }
}

function sameSource(left: PieceSource, right: PieceSource): boolean {
  return left.path === right.path && left.text === right.text && left.program === right.program;
}

/** The pieces up to this one, the newest first. */
function* chainOf(newest: Kept | null): Generator<Kept, void> {
  for (let kept = newest; kept !== null; kept = kept.before) yield kept;
}
