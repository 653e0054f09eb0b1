// `anneal repl --connect`: pieces go to a program that runs elsewhere, through nREPL.
import { NreplClient, type Answer, type EncodableDict } from "../nrepl/index.ts";
import { readFile } from "./input.ts";
import { writeText } from "./output.ts";
import type { PieceEvaluator, PieceOutcome } from "./prompt.ts";
import { UsageError } from "./usage.ts";
import { DiagnosticError } from "../base/index.ts";
import { renderDiagnostics } from "./render.ts";
import { renderProfile } from "./profile-table.ts";

const help = `Type Simple; the value of an expression is printed. A block ends with an empty line.
  :doc NAME    what is known of a name
  :load FILE   evaluate a file of this machine
  :rollback N  take back the last changes of definitions
  :call F X…   call a function with numbers and bools; nothing is compiled
  :profile A   count calls: start, stop, or nothing to look
  :help        this
  :quit        leave (or Ctrl-D)
`;

/** Milliseconds for the other side to answer the first question. */
const longestGreeting = 5000;
const defaultHost = "127.0.0.1";

/** `HOST:PORT`, or a port of this machine. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } {
  const [, host = defaultHost, digits = ""] = /^(?:\[?([^\]]+?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === "" || port < 1 || port > 65_535) {
    throw new UsageError(
      `found \`${text}\` for --connect, expected HOST:PORT`,
      "`anneal live` says its port at the start",
    );
  }
  return { host, port };
}

/** Connects, and opens a session. Throws `UsageError` if nobody answers there, or not as an nREPL server does. */
export async function connectedPieces(address: string, maxSource: number): Promise<PieceEvaluator> {
  const { host, port } = parseAddress(address);
  const failed = (reason: string): UsageError =>
    new UsageError(
      `cannot talk to an nREPL server at ${host}:${port}: ${reason}`,
      "start one with `anneal live PROGRAM --nrepl-port PORT`",
    );
  let client: NreplClient;
  try {
    client = await NreplClient.open(host, port);
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failed("it does not answer")), longestGreeting);
  });
  try {
    const [opened] = await Promise.race([client.request({ op: "clone" }), late]);
    const session = opened?.text("new-session");
    if (session === undefined) throw failed("it opens no session");
    return new ConnectedPieces(client, session, { greeting: `${host}:${port}`, maxSource });
  } catch (error) {
    client.close();
    throw error instanceof UsageError ? error : failed(String(error));
  } finally {
    clearTimeout(timer);
  }
}

class ConnectedPieces implements PieceEvaluator {
  readonly greeting: string;
  readonly commands = [":doc", ":load", ":rollback", ":call", ":profile", ":help", ":quit"];
  readonly #client: NreplClient;
  readonly #session: string;
  readonly #maxSource: number;
  #names: readonly string[] = [];

  constructor(
    client: NreplClient,
    session: string,
    { greeting, maxSource }: { readonly greeting: string; readonly maxSource: number },
  ) {
    this.#client = client;
    this.#session = session;
    this.greeting = `connected to ${greeting}`;
    this.#maxSource = maxSource;
  }

  async perform(text: string): Promise<PieceOutcome> {
    const command = /^\s*:(\w+)\s*(.*)$/s.exec(text);
    const failed =
      command === null
        ? await this.#evaluate({ op: "eval", code: text })
        : await this.#command(command[1] ?? "", (command[2] ?? "").trim());
    const completions = await this.#request({ op: "completions", prefix: "" });
    const found = completions.at(-1)?.list("completions") ?? [];
    this.#names = found.flatMap((entry) => {
      const name = entry instanceof Map ? entry.get("candidate") : undefined;
      return typeof name === "string" ? [name] : [];
    });
    return { failed, names: this.#names };
  }

  interrupt(): void {
    // What it stops answers itself.
    this.#request({ op: "interrupt" }).catch(() => {});
  }

  close(): void {
    this.#client.close();
  }

  #request(message: EncodableDict, onAnswer?: (answer: Answer) => void) {
    return this.#client.request({ ...message, session: this.#session }, onAnswer);
  }

  /** Whether it failed. */
  async #evaluate(message: EncodableDict): Promise<boolean> {
    let failed = false;
    await this.#request(message, (answer) => {
      const [value, out, err] = [answer.text("value"), answer.text("out"), answer.text("err")];
      if (out !== undefined) writeText(1, out);
      if (err !== undefined) writeText(2, err);
      if (value !== undefined) writeText(1, `${value}\n`);
      failed ||= answer.hasStatus("eval-error") || answer.hasStatus("error");
    });
    return failed;
  }

  async #command(name: string, argument: string): Promise<boolean> {
    switch (name) {
      case "help":
        writeText(1, help);
        return false;
      case "doc":
        return this.#describe(argument);
      case "load":
        return this.#load(argument);
      case "rollback": {
        const [answer] = await this.#request({ op: "rollback", steps: argument });
        const changed = answer?.texts("changed").join(", ") ?? "";
        writeText(1, changed === "" ? "nothing to take back\n" : `as before: ${changed}\n`);
        return false;
      }
      case "call": {
        const [symbol = "", ...texts] = argument.split(/\s+/);
        return this.#evaluate({ op: "call", function: symbol, arguments: texts });
      }
      case "profile":
        return this.#profile(argument === "" ? "read" : argument);
      default:
        writeText(2, `error: there is no command \`:${name}\`\n  help: \`:help\` lists them\n`);
        return true;
    }
  }

  async #describe(name: string): Promise<boolean> {
    const [answer] = await this.#request({ op: "lookup", sym: name });
    const documentation = answer?.part("info")?.text("doc");
    if (documentation === undefined) writeText(2, `error: \`${name}\` is not declared\n`);
    else writeText(1, `${documentation}\n`);
    return documentation === undefined;
  }

  async #profile(action: string): Promise<boolean> {
    const [answer] = await this.#request({ op: "profile", action });
    if (answer === undefined || answer.hasStatus("error")) {
      writeText(2, `error: ${answer?.text("err")?.trim() ?? "calls are not counted here"}\n`);
      return true;
    }
    writeText(1, renderProfile(Number(answer.fields.get("time")), answer.list("functions")));
    return false;
  }

  async #load(file: string): Promise<boolean> {
    try {
      const { path, text } = readFile(file, this.#maxSource);
      return await this.#evaluate({ op: "load-file", file: text, "file-path": path });
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      writeText(2, renderDiagnostics(error.diagnostics, false));
      return true;
    }
  }
}
