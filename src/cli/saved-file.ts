// `--watch` where code runs on a device: what is saved is evaluated there.
import {
  renderPlain,
  type Device,
  type EvaluationEnd,
  type PieceEvents,
  type Sources,
} from "../agent/index.ts";
import type { OwnServer } from "./live/own-server.ts";
import { watchFile } from "./live/watch-file.ts";
import { writeText } from "./output.ts";
import type { Source } from "./protocol.ts";

/** What a saved file needs. */
export interface SavedFileOptions {
  readonly device: Device;
  readonly sources: Sources;
  /** Where what is evaluated prints. */
  readonly output: Pick<PieceEvents, "onOutput" | "backlog">;
  /** As it was when the program started. */
  readonly source: Source;
  /** Whether the program has started; it is started again with what was saved if it could not be. */
  readonly hasStarted: () => boolean;
  readonly start: (source: Source) => void;
  readonly changes: OwnServer["changes"];
  readonly describe: (end: EvaluationEnd) => string;
}

/** Evaluates what changes in the file, from now on until it is closed. */
export function watchSaved(options: SavedFileOptions): { close(): void } {
  const { path } = options.source;
  let before: Parameters<OwnServer["changes"]>[1] = options.source.text;
  let last: Promise<void> = Promise.resolve();
  return watchFile(path, (text) => {
    last = last.then(async () => {
      if (!options.hasStarted()) {
        options.start({ path, text });
        before = text;
      } else before = (await evaluateChange(options, before, text)) ?? before;
    });
  });
}

/** What the program has now; null if it took nothing. */
async function evaluateChange(
  { device, sources, output, source: { path }, changes, describe }: SavedFileOptions,
  before: Parameters<OwnServer["changes"]>[1],
  after: string,
): Promise<typeof before | null> {
  const change = changes(path, before, after);
  if (typeof change === "string") {
    writeText(2, change);
    return null;
  }
  if (change.names.length === 0) return change.saved;
  const piece = { path, text: change.text, line: 1, column: 1 };
  sources.add(piece);
  const events = {
    ...output,
    onValue: () => {},
    onWarnings: (warnings: Parameters<typeof renderPlain>[0]) =>
      writeText(2, renderPlain(warnings)),
  };
  const end = await device.evaluate(piece, events, new AbortController().signal);
  writeText(
    2,
    end.kind === "done" ? `${path}: ${change.names.join(", ")} changed\n` : describe(end),
  );
  return end.kind === "done" ? change.saved : null;
}
