// The main thread's side of the REPL: reads lines with editing, history and completion, and sends pieces to the
// program's thread.
import { readFileSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Worker } from "node:worker_threads";
import { controlInterrupt, controlWordAddress } from "../runtime/index.ts";
import { PieceBuffer } from "./pieces.ts";
import {
  exitCodes,
  type LoadedMessage,
  type PieceMessage,
  type PieceResultMessage,
  type ReplJob,
} from "./protocol.ts";
import { writeText } from "./output.ts";

const mostHistory = 1000;
const commands = [":type", ":mir", ":tiers", ":load", ":help", ":quit"];
const words = [
  "and", "break", "case", "class", "continue", "elif", "else", "enum", "extern", "false", "fn", "for", "if", "impl", "in",
  "loop", "match", "me", "nil", "not", "or", "pass", "print", "return", "self", "static", "struct", "trait", "true", "use",
  "val", "var", "while",
]; // prettier-ignore

/** Runs the REPL on standard input; the result is the exit code. */
export function runRepl(worker: Worker, job: ReplJob): Promise<number> {
  return new Promise((resolve) => new Prompt(worker, job, resolve).start());
}

class Prompt {
  readonly #worker: Worker;
  readonly #job: ReplJob;
  readonly #resolve: (code: number) => void;
  readonly #interactive = process.stdin.isTTY === true;
  readonly #pieces = new PieceBuffer();
  readonly #waiting: string[] = [];
  readonly #lines: Interface;
  #names: readonly string[] = [];
  #busy = false;
  #closed = false;
  #failed = false;
  #controlWord: Int32Array | undefined;

  constructor(worker: Worker, job: ReplJob, resolve: (code: number) => void) {
    this.#worker = worker;
    this.#job = job;
    this.#resolve = resolve;
    this.#lines = createInterface({
      input: process.stdin,
      ...(this.#interactive ? { output: process.stdout } : {}),
      terminal: this.#interactive,
      history: this.#interactive ? readHistory() : [],
      historySize: mostHistory,
      removeHistoryDuplicates: true,
      completer: (line: string) => this.#complete(line),
    });
  }

  start(): void {
    this.#worker.on("message", (message: LoadedMessage | PieceResultMessage) =>
      this.#onMessage(message),
    );
    this.#worker.on("error", (error: Error) => {
      writeText(2, `${error.message}\n`);
      this.#resolve(exitCodes.internal);
    });
    this.#worker.postMessage(this.#job);
    if (this.#interactive)
      writeText(1, `anneal ${this.#job.version}; :help for help, Ctrl-D to leave\n`);
    this.#lines.on("line", (line) => this.#onLine(line));
    this.#lines.on("close", () => this.#onClose());
    this.#lines.on("SIGINT", () => this.#onInterrupt());
    this.#lines.on("history", (history: string[]) => writeHistory(history));
    this.#prompt();
  }

  #onMessage(message: LoadedMessage | PieceResultMessage): void {
    if (message.kind === "loaded") {
      this.#controlWord = new Int32Array(message.memory, controlWordAddress, 1);
      return;
    }
    this.#busy = false;
    this.#names = message.names;
    this.#failed ||= message.failed;
    this.#next();
  }

  #onLine(line: string): void {
    // Lines that came with `:quit` in one piece of input.
    if (this.#closed) return;
    if (!this.#pieces.open && /^\s*:(quit|q|exit)\s*$/.test(line)) {
      this.#lines.close();
      return;
    }
    const isCommand = !this.#pieces.open && /^\s*:\w/.test(line);
    this.#waiting.push(...(isCommand ? [line] : this.#pieces.add(line, this.#interactive)));
    if (this.#busy) return;
    this.#next();
  }

  /** Sends the next piece, or asks for more. */
  #next(): void {
    const text = this.#waiting.shift();
    if (text !== undefined) {
      this.#busy = true;
      const message: PieceMessage = { text };
      this.#worker.postMessage(message);
    } else if (this.#closed) this.#finish();
    else this.#prompt();
  }

  #prompt(): void {
    if (!this.#interactive) return;
    this.#lines.setPrompt(this.#pieces.open ? "... " : ">>> ");
    this.#lines.prompt();
  }

  #onClose(): void {
    this.#closed = true;
    this.#waiting.push(...this.#pieces.end());
    if (!this.#busy) this.#next();
  }

  /** Stops what runs; else drops what was typed. */
  #onInterrupt(): void {
    if (this.#busy && this.#controlWord !== undefined) {
      Atomics.or(this.#controlWord, 0, controlInterrupt);
      return;
    }
    this.#pieces.clear();
    writeText(1, "\n");
    this.#prompt();
  }

  #finish(): void {
    if (this.#interactive) writeText(1, "\n");
    void this.#worker.terminate();
    this.#resolve(this.#failed && !this.#interactive ? exitCodes.runtimeError : 0);
  }

  #complete(line: string): [string[], string] {
    const start = /(:\w*|[\p{L}_][\p{L}\p{N}_]*)?$/u.exec(line)?.[0] ?? "";
    const known = start.startsWith(":")
      ? commands
      : [...new Set([...this.#names, ...words])].toSorted();
    return [start === "" ? [] : known.filter((name) => name.startsWith(start)), start];
  }
}

function historyFile(): string {
  const state = process.env["XDG_STATE_HOME"];
  const folder =
    state === undefined || state === "" ? path.join(homedir(), ".local", "state") : state;
  return path.join(folder, "anneal", "history");
}

/** Newest first. A history that cannot be read is empty. */
function readHistory(): string[] {
  try {
    return readFileSync(historyFile(), "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}

function writeHistory(history: readonly string[]): void {
  try {
    const file = historyFile();
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${history.slice(0, mostHistory).join("\n")}\n`, { mode: 0o600 });
  } catch {
    // A session without a history is still a session.
  }
}
