// Pieces that go by a name, such as the files of a folder: loaded, replaced and taken out of a program without a compile server.
import {
  targetProblem,
  type AheadPiece,
  type Piece,
  type PieceSource,
  type Target,
} from "../protocol/index.ts";
import { endOf, type EvaluationEnd } from "./evaluation-end.ts";
import type { PieceEnd } from "./messages.ts";
import type { PieceEvents, ProgramLink, Run, Work } from "./program-link.ts";
import type { ProgramRecord } from "./record.ts";

/** A piece that was compiled ahead for a program. */
export interface AheadPieceCode {
  readonly piece: AheadPiece;
  readonly target: Target;
}

/** What named pieces need of their device. */
export interface NamedPiecesParts {
  readonly link: ProgramLink;
  readonly record: ProgramRecord;
  /** Evaluations come one after the other. */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly run: (work: Work, how: Omit<Run, "timeLimit">) => Promise<PieceEnd>;
  /** A piece has become part of the program. */
  readonly onKept: (piece: Piece) => void;
  /** Tells whom it may concern which slots are free again. */
  readonly forgetSlots: () => void;
}

/** See the head of this file. */
export class NamedPieces {
  readonly #parts: NamedPiecesParts;
  readonly #sources = new Map<string, PieceSource>();

  constructor(parts: NamedPiecesParts) {
    this.#parts = parts;
  }

  /**
   * Loads a piece that was compiled ahead for the program, in place of one of the same name. The result says why it does not fit, or how
   * it ended. No compile server is needed.
   */
  load(
    object: string,
    { piece: { base, request, answer }, target }: AheadPieceCode,
    events: PieceEvents,
  ): Promise<EvaluationEnd | string> {
    return this.#parts.inTurn(async () => {
      const { link, record, run, onKept, forgetSlots } = this.#parts;
      await link.ready;
      const mismatch = targetProblem(target, link.target);
      if (mismatch !== null) return mismatch;
      const { program } = record;
      if (program === null || program.path !== base.path || program.text !== base.text)
        return `it was compiled for another \`${base.path}\``;
      const piece = record.adapt(answer.piece);
      if (typeof piece === "string") return piece;
      const work = { kind: "piece", piece, program: false, object } as const;
      const end = await run(work, { events });
      if (end.outcome !== "dropped") {
        const { path, text, line, column } = request;
        const source = { path, text, line, column, program: false };
        const earlier = this.#sources.get(object);
        if (earlier !== undefined) record.remove(earlier, null);
        record.keep(source, piece, { whole: end.outcome === "kept", apart: true });
        onKept(piece);
        this.#sources.set(object, source);
      }
      forgetSlots();
      return endOf(end, true);
    });
  }

  /**
   * Takes out a piece that was loaded by name: its functions are as they were before, or gone. The result is null, or says why it
   * stays.
   */
  remove(object: string): Promise<string | null> {
    return this.#parts.inTurn(async () => {
      const { link, record } = this.#parts;
      await link.ready;
      const source = this.#sources.get(object);
      if (source === undefined) return "it is not loaded";
      const user = record.userOf(source);
      if (user !== null) return `\`${user.path}\` uses what it declares`;
      const answer = await link.ask({ kind: "remove", object });
      if (answer.kind !== "rolled-back" || answer.changed === null) return "it is not loaded";
      this.#sources.delete(object);
      record.remove(
        source,
        answer.slots.map(([key, content]): [string, string] => [key, content]),
      );
      link.takeUnloaded();
      return null;
    });
  }
}
