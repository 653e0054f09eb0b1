// The compile server of `anneal live --target`: for the one device beside it.
import { randomBytes } from "node:crypto";
import { DiagnosticSink, renderDiagnostic, SourceFile } from "../../base/index.ts";
import { changedDefinitions, type SavedDefinitions } from "../../compiler/index.ts";
import { CompileServer } from "../../server/index.ts";
import { buildOf, startWorkerThread } from "../compile-threads.ts";
import { liveYoungGenerationMb } from "../young-generation.ts";

/** What has changed in a file: definitions, each at its place in `text`; or a text that says what is wrong with it. */
export type SavedChange =
  | {
      readonly text: string;
      readonly names: readonly string[];
      /** What the program has when they were evaluated. */
      readonly saved: SavedDefinitions;
    }
  | string;

/** The server, and the front end where that is. */
export interface OwnServer {
  readonly port: number;
  /** Nobody else knows it: other users of the machine cannot connect. */
  readonly secret: Uint8Array;
  /** Compares a text of a file with one before it, or with what the program has of it. */
  readonly changes: (path: string, before: string | SavedDefinitions, after: string) => SavedChange;
  stop(): Promise<void>;
}

const secretSize = 32;
/** Bytes of compiled pieces in memory: its one device asks again only for what it evaluated lately. */
const cacheMemory = 2 ** 20;
/** Its collections share the processors with the program. */
const limits = { maxYoungGenerationSizeMb: liveYoungGenerationMb };

/** Starts it on loopback, on any port that is free. `root` is the folder of the package. */
export async function startOwnServer(root: string, version: string): Promise<OwnServer> {
  const secret = randomBytes(secretSize);
  const server = await CompileServer.start({
    name: `anneal ${version}`,
    host: "127.0.0.1",
    port: 0,
    secret,
    workers: { count: 1, start: (settings) => startWorkerThread(root, settings, limits) },
    cacheMemory,
    build: buildOf(root),
    log: () => {},
  });
  return { port: server.port, secret, changes: changesIn, stop: () => server.stop() };
}

function changesIn(path: string, before: string | SavedDefinitions, after: string): SavedChange {
  const sink = new DiagnosticSink();
  const known = typeof before === "string" ? new SourceFile(path, before) : before;
  const changed = changedDefinitions(known, new SourceFile(path, after), sink);
  if (changed === null) return sink.all.map((one) => `${renderDiagnostic(one)}\n`).join("");
  return { text: changed.file.text, names: changed.names, saved: changed.saved };
}
