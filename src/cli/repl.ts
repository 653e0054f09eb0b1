// `anneal repl`, in the program's thread: evaluates pieces and answers commands.
import { parentPort } from "node:worker_threads";
import { DiagnosticError, SourceFile } from "../base/index.ts";
import { Session } from "../engine/index.ts";
import { ProgramError } from "../runtime/index.ts";
import type { HirModule } from "../ir/hir/index.ts";
import { functionMir } from "./compile.ts";
import { readFile } from "./input.ts";
import { OutputStream, writeText } from "./output.ts";
import type { PieceMessage, PieceResultMessage, ReplJob } from "./protocol.ts";
import { renderDiagnostics, renderInternalError, renderProgramError } from "./render.ts";
import { announce, engineOptions, noticeWriter } from "./run.ts";
import { formatStatsTable } from "./stats.ts";

const help = `Type Simple; the value of an expression is printed. A block ends with an empty line.
  :type EXPR   the type of an expression
  :mir NAME    what the compiler makes of a function
  :tiers       the functions of the last input and their tiers
  :load FILE   run a file in this session
  :help        this
  :quit        leave (or Ctrl-D)
`;

/** Serves pieces until the main thread ends. */
export function serveRepl(job: ReplJob): void {
  const repl = new Repl(job);
  parentPort?.on("message", ({ text }: PieceMessage) => {
    const failed = repl.perform(text);
    const result: PieceResultMessage = { kind: "piece", failed, names: repl.names() };
    parentPort?.postMessage(result);
  });
}

class Repl {
  readonly #job: ReplJob;
  readonly #session: Session;
  readonly #output: OutputStream;
  /** The newest module that has a function of this name: a piece has only those that it uses. */
  readonly #modules = new Map<string, HirModule>();
  #count = 0;

  constructor(job: ReplJob) {
    this.#job = job;
    this.#output = new OutputStream(1, job.terminal.interactive);
    const writeError = (text: string): void => {
      this.#output.flush();
      writeText(2, text);
    };
    const options = engineOptions(job, {
      main: "repl",
      write: (stream, text) => (stream === "out" ? this.#output.write(text) : writeError(text)),
      notice: noticeWriter(writeError),
    });
    this.#session = new Session({ ...options, onSleep: () => this.#output.flush() });
  }

  names(): string[] {
    return this.#session.names();
  }

  /** Evaluates a piece or performs a command; whether it failed. */
  perform(text: string): boolean {
    try {
      const command = /^\s*:(\w+)\s*(.*)$/s.exec(text);
      if (command === null) this.#evaluate(this.#file(text));
      else this.#command(command[1] ?? "", (command[2] ?? "").trim());
      this.#output.flush();
      return false;
    } catch (error) {
      this.#output.flush();
      this.#report(error);
      return true;
    }
  }

  /** Each piece has a name of its own, so that traces lead to it. */
  #file(text: string): SourceFile {
    this.#count += 1;
    return new SourceFile(`<input ${this.#count}>`, `${text}\n`);
  }

  #evaluate(file: SourceFile): void {
    const { warnings, program } = this.#session.evaluate(file);
    announce(program);
    for (const { name } of program.module.functions) this.#modules.set(name, program.module);
    if (warnings.length > 0) {
      this.#output.flush();
      writeText(2, renderDiagnostics(warnings, this.#job.terminal.colour));
    }
  }

  #command(name: string, argument: string): void {
    switch (name) {
      case "type":
        this.#output.write(`${this.#session.typeOf(this.#file(argument))}\n`);
        break;
      case "mir":
        this.#output.write(this.#mir(argument));
        break;
      case "tiers":
        this.#output.write(this.#tiers());
        break;
      case "load": {
        const { path, text } = readFile(argument, this.#job.maxSource);
        this.#evaluate(new SourceFile(path, text));
        break;
      }
      case "help":
        this.#output.write(help);
        break;
      default:
        throw commandError(`there is no command \`:${name}\``, "`:help` lists them");
    }
  }

  #mir(name: string): string {
    const module = this.#modules.get(name) ?? this.#session.program?.module;
    if (module === undefined)
      throw commandError("nothing is defined yet", "define a function first");
    return functionMir(module, name, this.#job.settings.optLevel);
  }

  #tiers(): string {
    const { program } = this.#session;
    return program === null ? "nothing has run yet\n" : formatStatsTable(program.stats());
  }

  #report(error: unknown): void {
    const { colour } = this.#job.terminal;
    if (error instanceof DiagnosticError) {
      writeText(2, renderDiagnostics(error.diagnostics, colour));
    } else if (error instanceof ProgramError) {
      const sources = (path: string, line: number) => this.#session.sourceFile(path, line);
      writeText(2, renderProgramError(error, sources, colour));
    } else writeText(2, renderInternalError(error, this.#job.version, this.#job.settings.verbose));
  }
}

function commandError(message: string, hint: string): DiagnosticError {
  return new DiagnosticError([{ severity: "error", code: "repl/command", message, help: hint }]);
}
