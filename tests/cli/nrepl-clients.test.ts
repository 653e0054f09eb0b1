// What nREPL clients send when they connect and work, message by message, and what each of them needs of the answers: written
// down from running the clients against other servers.
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BencodeDecoder,
  encode,
  type BencodeValue,
  type Encodable,
} from "../../src/nrepl/index.ts";
import { LiveProcess } from "./live-process.ts";

type Message = Record<string, unknown>;

function plain(value: BencodeValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Speaks as the client would: sends fields as they are, and keeps all that comes. */
class Dialogue {
  readonly messages: Message[] = [];
  readonly socket: Socket;
  readonly #decoder = new BencodeDecoder();
  #waiting: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (chunk: Buffer) => {
      for (const value of this.#decoder.push(chunk)) this.messages.push(plain(value) as Message);
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  /** Sends a message; the answers up to `done`, recognised as this client does it. */
  async ask(
    message: Record<string, Encodable>,
    isAnswer: (answer: Message) => boolean = ({ id }) => id === message["id"],
  ): Promise<Message[]> {
    const from = this.messages.length;
    this.socket.write(encode(message));
    for (;;) {
      const answers = this.messages.slice(from).filter(isAnswer);
      if (answers.some(({ status }) => Array.isArray(status) && status.includes("done")))
        return answers;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

const program = `extern fn rt_thread_sleep(millis: i64)
## Twice a number.
fn twice(n: i64) -> i64: 2 * n
fn main():
    while true: rt_thread_sleep(100)
`;

let live: LiveProcess;
let client: Dialogue;

beforeAll(async () => {
  live = await LiveProcess.start(program);
  const evaluate = await live.session();
  await evaluate("0");
});

afterAll(async () => {
  await live.stop();
});

const begin = (): Dialogue => (client = new Dialogue(live.port));
const valuesOf = (answers: readonly Message[]) => answers.flatMap(({ value }) => value ?? []);

describe("nrepl.cmdline", () => {
  it("clones and evaluates form by form, matching id and session", async () => {
    begin();
    const [cloned] = await client.ask({ op: "clone", id: "nrepl.cmdline-1" });
    const session = String(cloned?.["new-session"]);
    const own = (id: string) => (answer: Message) =>
      answer["id"] === id && answer["session"] === session;
    const evaluate = (id: string, code: string) =>
      client.ask({ code, id, op: "eval", session }, own(id));
    expect(await evaluate("nrepl.cmdline-2", "twice(4)")).toEqual([
      { id: "nrepl.cmdline-2", session, ns: "user", value: "8" },
      { id: "nrepl.cmdline-2", session, status: ["done"] },
    ]);
    const asked = evaluate("nrepl.cmdline-3", "while true: 1");
    await client.ask({ op: "interrupt", session, id: "nrepl.cmdline-4" });
    const stopped = await asked;
    expect(stopped.at(-1)?.["status"]).toEqual(["done", "interrupted"]);
    const idle = await client.ask({ op: "interrupt", session, id: "nrepl.cmdline-5" });
    expect(idle[0]?.["status"]).toEqual(["done", "session-idle"]);
  });
});

describe("CIDER", () => {
  it("opens two sessions, describes, asks for the functions of its prompt, works, and closes both", async () => {
    begin();
    const about = { "client-name": "CIDER", "client-version": "2.1.0-snapshot" };
    const sessions: string[] = [];
    for (const id of ["1", "2"]) {
      const [cloned] = await client.ask({ op: "clone", id, ...about });
      sessions.push(String(cloned?.["new-session"]));
    }
    const [session = "", tooling = ""] = sessions;
    const [described] = await client.ask({ op: "describe", id: "3", session });
    const versions = described?.["versions"] as Record<string, unknown>;
    // Otherwise it takes the server for Clojure on the JVM, and warns.
    expect(Object.keys(versions)).not.toContain("clojure");
    expect(Object.keys(versions)[0]).not.toBe(undefined);
    const requires = await client.ask({
      op: "eval",
      code: "(when-let [requires (resolve 'clojure.main/repl-requires)] (clojure.core/apply clojure.core/require @requires))",
      file: "*cider-repl app:localhost:5558(generic)*",
      line: "1",
      column: 1,
      "content-type": "true",
      "inhibit-cider-middleware": "true",
      "nrepl.middleware.print/print": "cider.nrepl.pprint/pr",
      "nrepl.middleware.print/quota": 1_048_576,
      id: "4",
      session,
    });
    expect(requires.map(({ status }) => status)).toEqual([["done"]]);
    const answers = await client.ask({
      op: "eval",
      code: "twice(21)",
      ns: "user",
      file: "/home/me/app.spl",
      line: 7,
      column: 1,
      "nrepl.middleware.print/print": "cider.nrepl.pprint/pr",
      id: "5",
      session,
    });
    expect(valuesOf(answers)).toEqual(["42"]);
    const loaded = await client.ask({
      op: "load-file",
      file: "fn half(n: i64) -> i64: n / 2\nhalf(8)\n",
      "file-path": "/home/me/app.spl",
      "file-name": "app.spl",
      id: "6",
      session,
    });
    expect(loaded.map(({ value, status }) => value ?? status)).toEqual(["4", ["done"]]);
    const failed = await client.ask({ op: "eval", code: "half(", id: "7", session });
    expect(
      failed.map((answer) => Object.keys(answer).find((key) => /^(err|ex)$/.test(key))),
    ).toEqual(["err", "ex", undefined]);
    const trace = await client.ask({
      op: "eval",
      code: "(require 'clojure.stacktrace)",
      id: "8",
      session: tooling,
    });
    expect(trace.map(({ status }) => status)).toEqual([["done"]]);
    const [completions] = await client.ask({
      op: "completions",
      prefix: "hal",
      ns: "user",
      id: "9",
      session,
    });
    expect(completions?.["completions"]).toEqual([
      { candidate: "half", type: "function", ns: "user" },
    ]);
    const [lookup] = await client.ask({
      op: "lookup",
      sym: "twice",
      ns: "user",
      id: "10",
      session,
    });
    expect(lookup?.["info"]).toMatchObject({
      "arglists-str": "[n: i64]",
      file: "app.spl",
      line: 3,
    });
    for (const [id, each] of [
      ["11", session],
      ["12", tooling],
    ] as const) {
      const [closed] = await client.ask({ op: "close", id, session: each });
      expect(closed?.["status"]).toEqual(["done", "session-closed"]);
    }
  });
});

describe("Calva", () => {
  it("evaluates before it has a session, then clones and describes", async () => {
    begin();
    const first = await client.ask({ op: "eval", code: "*ns*", id: "1" });
    expect(first.find(({ ns }) => ns !== undefined)).toMatchObject({ value: "user", ns: "user" });
    const cloned = await client.ask({ op: "clone", id: "2" });
    // Any message with this id is taken for the answer.
    expect(cloned).toHaveLength(1);
    const session = String(cloned[0]?.["new-session"]);
    const [described] = await client.ask({ op: "describe", id: "3", verbose: 1, session });
    expect(described?.["ops"]).toMatchObject({ eval: {}, clone: {}, close: {} });
    const answers = await client.ask({
      op: "eval",
      session,
      id: "4",
      code: "twice(3)",
      ns: "user",
      file: "app.spl",
      line: 0,
      column: 0,
      pprint: 0,
      context: 0,
    });
    // It finds them by session, then by id.
    expect(answers.every((answer) => answer["session"] === session)).toBe(true);
    expect(valuesOf(answers)).toEqual(["6"]);
    const [completed] = await client.ask({
      op: "complete",
      symbol: "tw",
      ns: "user",
      id: "5",
      session,
      context: 0,
    });
    expect(completed?.["completions"]).toMatchObject([{ candidate: "twice" }]);
    const [info] = await client.ask({ op: "info", symbol: "twice", ns: "user", id: "6", session });
    expect(info).toMatchObject({ name: "twice", "arglists-str": "[n: i64]" });
    const loaded = await client.ask({
      op: "load-file",
      file: "fn third(n: i64) -> i64: n / 3\n",
      "file-name": "app.spl",
      "file-path": "app.spl",
      filePath: "app.spl",
      id: "7",
      session,
    });
    expect(loaded.at(-1)?.["status"]).toEqual(["done"]);
    const [input] = await client.ask(
      { op: "stdin", stdin: "x\n", session },
      ({ id }) => id === undefined,
    );
    expect(input).toEqual({ session, status: ["done"] });
    for (const op of ["debug-instrumented-defs", "test-var-query"]) {
      const [unknown] = await client.ask({ op, id: op, session });
      expect(unknown?.["status"]).toEqual(["done", "error", "unknown-op"]);
    }
  });
});

describe("Conjure", () => {
  it("describes, lists sessions, asks for the dialect, and sends the namespace first", async () => {
    begin();
    const [described] = await client.ask({ op: "describe", id: "d" });
    expect(described?.["status"]).toEqual(["done"]);
    const [list] = await client.ask({ op: "ls-sessions", id: "l" });
    const [adopted] = (list?.["sessions"] ?? []) as string[];
    const [cloned] = await client.ask({ op: "clone", id: "c" });
    for (const session of [adopted ?? "", String(cloned?.["new-session"])]) {
      expect(session).toMatch(/^[0-9a-f]{8}-/);
      const kind = await client.ask({
        op: "eval",
        code: "#?(:clj 'clj :cljs 'cljs :cljr 'cljr :default 'unknown)",
        session,
        id: `k${session}`,
      });
      expect(valuesOf(kind)).toEqual(["unknown"]);
    }
    const session = String(cloned?.["new-session"]);
    const named = await client.ask({ op: "eval", code: "(ns user)", session, id: "n" });
    expect(named.map(({ status }) => status)).toEqual([["done"]]);
    const answers = await client.ask({
      op: "eval",
      code: "twice(5)",
      session,
      id: "e",
      "nrepl.middleware.print/print": "conjure.internal/pprint",
      "nrepl.middleware.print/options": {
        associative: 1,
        length: 500,
        level: 50,
        "right-margin": 72,
      },
    });
    expect(valuesOf(answers)).toEqual(["10"]);
  });
});

describe("rep and vim-fireplace", () => {
  it("send no ids, the namespace `user`, and ask for a class path", async () => {
    begin();
    const any = () => true;
    const [cloned] = await client.ask({ op: "clone" }, any);
    const session = String(cloned?.["new-session"]);
    const answers = await client.ask({ op: "eval", ns: "user", session, code: "twice(6)" }, any);
    expect(answers.map(({ value, status, id }) => [id, value ?? status])).toEqual([
      [undefined, "12"],
      [undefined, ["done"]],
    ]);
    const [path] = await client.ask({ op: "classpath", session }, any);
    expect(path?.["classpath"]).toEqual([]);
    const [closed] = await client.ask({ op: "close", session }, any);
    expect(closed?.["status"]).toEqual(["done", "session-closed"]);
  });
});
