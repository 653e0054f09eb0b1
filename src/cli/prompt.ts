// The REPL's editor: reads lines with editing, history and completion, and gives pieces to whoever evaluates them.
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { makeFolder } from "../store/index.ts";
import { PieceBuffer } from "./pieces.ts";
import { exitCodes } from "./protocol.ts";
import { writeText } from "./output.ts";

const mostHistory = 1000;
const words = [
  "and", "break", "case", "class", "continue", "elif", "else", "enum", "extern", "false", "fn", "for", "if", "impl", "in",
  "loop", "match", "me", "nil", "not", "or", "pass", "print", "return", "self", "static", "struct", "trait", "true", "use",
  "val", "var", "while",
]; // prettier-ignore

/** What became of a piece. */
export interface PieceOutcome {
  readonly failed: boolean;
  /** What is declared, for completion. */
  readonly names: readonly string[];
}

/** Evaluates the pieces, and shows their values and errors. */
export interface PieceEvaluator {
  /** For the first line. */
  readonly greeting: string;
  /** Names of commands, with the colon. */
  readonly commands: readonly string[];
  /** Evaluates a piece or performs a command. Rejects if no more can be evaluated. */
  perform(text: string): Promise<PieceOutcome>;
  /** Stops what is performed. */
  interrupt(): void;
  close(): void;
}

/** Runs the REPL on standard input; the result is the exit code. */
export function runPrompt(evaluator: PieceEvaluator): Promise<number> {
  return new Promise((resolve) => new Prompt(evaluator, resolve).start());
}

class Prompt {
  readonly #evaluator: PieceEvaluator;
  readonly #resolve: (code: number) => void;
  readonly #interactive = process.stdin.isTTY === true;
  readonly #pieces = new PieceBuffer();
  readonly #waiting: string[] = [];
  readonly #lines: Interface;
  #names: readonly string[] = [];
  #busy = false;
  #closed = false;
  #failed = false;

  constructor(evaluator: PieceEvaluator, resolve: (code: number) => void) {
    this.#evaluator = evaluator;
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
    if (this.#interactive)
      writeText(1, `${this.#evaluator.greeting}; :help for help, Ctrl-D to leave\n`);
    this.#lines.on("line", (line) => this.#onLine(line));
    this.#lines.on("close", () => this.#onClose());
    this.#lines.on("SIGINT", () => this.#onInterrupt());
    this.#lines.on("history", (history: string[]) => writeHistory(history));
    this.#prompt();
  }

  async #perform(text: string): Promise<void> {
    this.#busy = true;
    try {
      const { failed, names } = await this.#evaluator.perform(text);
      this.#busy = false;
      this.#names = names;
      this.#failed ||= failed;
      this.#next();
    } catch (error) {
      writeText(2, `${error instanceof Error ? error.message : String(error)}\n`);
      this.#lines.close();
      this.#evaluator.close();
      this.#resolve(exitCodes.internal);
    }
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
    if (text !== undefined) void this.#perform(text);
    else if (this.#closed) this.#finish();
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
    if (this.#busy) {
      this.#evaluator.interrupt();
      return;
    }
    this.#pieces.clear();
    writeText(1, "\n");
    this.#prompt();
  }

  #finish(): void {
    if (this.#interactive) writeText(1, "\n");
    this.#evaluator.close();
    this.#resolve(this.#failed && !this.#interactive ? exitCodes.runtimeError : 0);
  }

  #complete(line: string): [string[], string] {
    const start = /(:\w*|[\p{L}_][\p{L}\p{N}_]*)?$/u.exec(line)?.[0] ?? "";
    const known = start.startsWith(":")
      ? this.#evaluator.commands
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
    makeFolder(path.dirname(file));
    writeFileSync(file, `${history.slice(0, mostHistory).join("\n")}\n`, { mode: 0o600 });
  } catch {
    // A session without a history is still a session.
  }
}
