// The server over real sockets: what each operation answers, in which order, and what hostile clients can do.
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BencodeDecoder, encode, type BencodeValue, type Encodable } from "./bencode.ts";
import type {
  Completion,
  EvaluationEvent,
  EvaluationOutcome,
  EvaluationRequest,
  Evaluator,
  NameQuery,
  SymbolDescription,
} from "./evaluator.ts";
import { startNreplServer, type NreplServer } from "./server.ts";

/** Code is a list of words, each of which does something. */
class WordEvaluator implements Evaluator {
  readonly versions = { words: "2.3.4" };
  readonly initialNamespace = "user";
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly requests: EvaluationRequest[] = [];
  readonly inputs: string[] = [];
  #waiting: ((line: string) => void) | null = null;

  openSession(id: string): void {
    this.opened.push(id);
  }

  closeSession(id: string): void {
    this.closed.push(id);
  }

  async evaluate(
    request: EvaluationRequest,
    emit: (event: EvaluationEvent) => void,
  ): Promise<EvaluationOutcome> {
    this.requests.push(request);
    if (request.namespace === "nowhere") return "no-namespace";
    for (const word of request.code.split(/\s+/).filter((each) => each !== "")) {
      await Promise.resolve();
      if (word === "print") emit({ kind: "out", text: "é€😀\n" });
      else if (word === "warn") emit({ kind: "err", text: "careful\n" });
      else if (word === "late") setTimeout(() => emit({ kind: "out", text: "late\n" }), 30);
      else if (word === "throw") throw new Error("a bug");
      else if (word === "wait") {
        if (await aborted(request.signal)) return "interrupted";
      } else if (word === "read") {
        emit({ kind: "need-input" });
        const line = await new Promise<string>((resolve) => (this.#waiting = resolve));
        emit({ kind: "value", text: line, namespace: "user" });
      } else if (word === "fail") {
        emit({ kind: "error", message: "it failed\n", name: "failure", root: "cause" });
        return "done";
      } else emit({ kind: "value", text: word, namespace: "user" });
    }
    return "done";
  }

  input(session: string, text: string): void {
    this.inputs.push(`${session === this.opened[0] ? "first" : "other"}:${text}`);
    this.#waiting?.(text);
  }

  completions({ text }: NameQuery): Promise<readonly Completion[]> {
    const names = [
      { candidate: "area", type: "function", namespace: "user" },
      { candidate: "and", type: "keyword" },
    ];
    return Promise.resolve(names.filter(({ candidate }) => candidate.startsWith(text)));
  }

  lookup({ text }: NameQuery): Promise<SymbolDescription | null> {
    if (text === "broken") return Promise.reject(new Error("a bug"));
    if (text !== "area") return Promise.resolve(null);
    return Promise.resolve({
      name: "area",
      namespace: "user",
      signature: "fn area(r: f64) -> f64",
      parameters: [["r: f64"]],
      documentation: "The area of a circle.",
      place: { file: "/a/b.spl", line: 3, column: 1 },
    });
  }

  namespaces(): Promise<readonly string[]> {
    return Promise.resolve(["user"]);
  }

  rollback(steps: number) {
    return Promise.resolve({ left: 5 - steps, changed: ["area"] });
  }

  watchOutput(listener: (stream: "out" | "err", text: string) => void): () => void {
    const timer = setInterval(() => listener("out", "own\n"), 5);
    return () => clearInterval(timer);
  }
}

function aborted(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(true);
    signal.addEventListener("abort", () => resolve(true));
  });
}

type Message = Record<string, unknown>;

function plain(value: BencodeValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

/** A client that sees each message as it comes. */
class TestClient {
  readonly messages: Message[] = [];
  readonly socket: Socket;
  ended = false;
  readonly #decoder = new BencodeDecoder();
  #changed: () => void = () => {};

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (chunk: Buffer) => {
      for (const value of this.#decoder.push(chunk)) this.messages.push(plain(value) as Message);
      this.#changed();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.ended = true;
      this.#changed();
    });
  }

  send(message: Encodable): void {
    this.socket.write(encode(message));
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  /** Sends and waits for `done` with the id; the answers without id and session. */
  async ask(message: Record<string, Encodable>): Promise<Message[]> {
    const { id } = message;
    this.send(message);
    const own = () => this.messages.filter((each) => each["id"] === id);
    const before = own().length;
    await this.until(() => own().slice(before).some(isDone));
    return own()
      .slice(before)
      .map((answer) => {
        const { id: _id, session: _session, ...rest } = answer;
        return rest;
      });
  }

  async clone(): Promise<string> {
    const [answer] = await this.ask({ op: "clone", id: "clone" });
    return String(answer?.["new-session"]);
  }
}

function isDone({ status }: Message): boolean {
  return Array.isArray(status) && status.includes("done");
}

let evaluator: WordEvaluator;
let server: NreplServer;
let client: TestClient;

beforeEach(async () => {
  evaluator = new WordEvaluator();
  server = await startNreplServer({ evaluator, port: 0 });
  client = new TestClient(server.port);
});

afterEach(async () => {
  client.socket.destroy();
  await server.close();
});

describe("the server", () => {
  it("says where it listens as editors expect it", () => {
    const { port } = server;
    expect(server.startLine).toBe(
      `nREPL server started on port ${port} on host 127.0.0.1 - nrepl://127.0.0.1:${port}`,
    );
  });

  it("writes its port where editors look, and removes it unless it is another's", async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "nrepl-")), ".nrepl-port");
    const first = await startNreplServer({ evaluator, port: 0, portFile: file });
    expect(readFileSync(file, "utf8")).toBe(String(first.port));
    const second = await startNreplServer({ evaluator, port: 0, portFile: file });
    await first.close();
    expect(readFileSync(file, "utf8")).toBe(String(second.port));
    await second.close();
    expect(existsSync(file)).toBe(false);
    const nowhere = path.join(file, "none");
    const third = await startNreplServer({ evaluator, port: 0, portFile: nowhere });
    await third.close();
  });

  it("answers each request with its id and session, also if it has none", async () => {
    const session = await client.clone();
    client.messages.length = 0;
    client.send({ op: "eval", code: "1", id: "a", session });
    client.send({ op: "eval", code: "2", session });
    client.send({ op: "eval", code: "3", id: 7 });
    await client.until(() => client.messages.filter(isDone).length === 3);
    const echoes = client.messages.map(({ id, session: own, value }) => [
      id,
      own === session,
      value,
    ]);
    const values = new Map(echoes.map(([id, own, value]) => [value, [id, own]]));
    expect(values.get("1")).toEqual(["a", true]);
    expect(values.get("2")).toEqual([undefined, true]);
    expect(values.get("3")).toEqual([7, false]);
    expect(client.messages.every((message) => typeof message["session"] === "string")).toBe(true);
  });

  it("gives new sessions names that are UUIDs", async () => {
    expect(await client.clone()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it("sends output, values and errors in order, and `done` in a message of its own", async () => {
    const session = await client.clone();
    const answers = await client.ask({
      op: "eval",
      code: "1 print two warn fail 3",
      id: "e",
      session,
    });
    expect(answers).toEqual([
      { value: "1", ns: "user" },
      { out: "é€😀\n" },
      { value: "two", ns: "user" },
      { err: "careful\n" },
      { err: "it failed\n" },
      { ex: "failure", "root-ex": "cause", status: ["eval-error"] },
      { status: ["done"] },
    ]);
    expect(await client.ask({ op: "eval", code: "", id: "f", session })).toEqual([
      { status: ["done"] },
    ]);
  });

  it("sends the last value of a file, without a namespace", async () => {
    const request = {
      op: "load-file",
      file: "1 print 2",
      "file-path": "/x/y.spl",
      "file-name": "y",
    };
    expect(await client.ask({ ...request, id: "l" })).toEqual([
      { out: "é€😀\n" },
      { value: "2" },
      { status: ["done"] },
    ]);
    expect(evaluator.requests[0]?.place).toEqual({ file: "/x/y.spl", line: 1, column: 1 });
    expect(await client.ask({ ...request, file: "1 fail", id: "m" })).toEqual([
      { err: "it failed\n" },
      { ex: "failure", "root-ex": "cause", status: ["eval-error"] },
      { status: ["done"] },
    ]);
    expect(await client.ask({ ...request, file: "", id: "n" })).toEqual([{ status: ["done"] }]);
  });

  it("passes on the place of the code, however it is written", async () => {
    await client.ask({ op: "eval", code: "1", id: "a", file: "f", line: "12", column: 5 });
    await client.ask({ op: "eval", code: "1", id: "b", file: "", line: 0, column: [] });
    expect(evaluator.requests.map(({ place }) => place)).toEqual([
      { file: "f", line: 12, column: 5 },
      { file: null, line: 1, column: 1 },
    ]);
  });

  it("sends late output under the request that it came from", async () => {
    await client.ask({ op: "eval", code: "late", id: "l" });
    await client.until(() => client.messages.some(({ out }) => out === "late\n"));
    expect(client.messages.at(-1)).toMatchObject({ id: "l", out: "late\n" });
  });

  it.each([
    [{ op: "eval" }, { status: ["done", "error", "no-code"] }],
    [{ op: "eval", code: 5 }, { status: ["done", "error", "no-code"] }],
    [{ op: "load-file" }, { status: ["done", "error", "no-code"] }],
    [{ op: "eval", code: "1", session: "x" }, { status: ["done", "error", "unknown-session"] }],
    [{ op: "nothing" }, { op: "nothing", status: ["done", "error", "unknown-op"] }],
    [{ op: "constructor" }, { op: "constructor", status: ["done", "error", "unknown-op"] }],
    [{}, { op: "", status: ["done", "error", "unknown-op"] }],
    [{ op: "close" }, { status: ["done", "error", "session-ephemeral"] }],
    [{ op: "interrupt" }, { status: ["done", "error", "session-ephemeral"] }],
    [
      { op: "eval", code: "1", ns: "nowhere" },
      { ns: "nowhere", status: ["done", "error", "namespace-not-found"] },
    ],
    [{ op: "ns-list" }, { "ns-list": ["user"], status: ["done"] }],
    [{ op: "classpath" }, { classpath: [], status: ["done"] }],
    [
      { op: "rollback", steps: "2" },
      { changed: ["area"], left: 3, status: ["done"] },
    ],
    [{ op: "call", function: "area" }, { status: ["done", "error", "unsupported"] }],
    [{ op: "profile" }, { status: ["done", "error", "unsupported"] }],
  ])("answers %j with %j", async (request, answer) => {
    expect(await client.ask({ ...request, id: "x" })).toEqual([answer]);
  });

  it("reports a bug of the evaluator and goes on", async () => {
    const [, error, done] = await client.ask({ op: "eval", code: "throw", id: "t" });
    expect(error).toMatchObject({ ex: "internal-error", status: ["eval-error"] });
    expect(done).toEqual({ status: ["done"] });
    const [broken] = await client.ask({ op: "lookup", sym: "broken", id: "b" });
    expect(broken).toMatchObject({ status: ["done", "error", "internal-error"] });
    expect(await client.ask({ op: "eval", code: "", id: "u" })).toEqual([{ status: ["done"] }]);
  });

  it("describes itself with dictionaries", async () => {
    const [brief] = await client.ask({ op: "describe", id: "d" });
    expect(brief?.["ops"]).toMatchObject({ eval: {}, clone: {}, interrupt: {} });
    expect(brief?.["versions"]).toMatchObject({
      words: { major: 2, minor: 3, incremental: 4, "version-string": "2.3.4" },
    });
    expect(Object.keys(brief?.["versions"] ?? {})).not.toContain("clojure");
    expect(brief?.["aux"]).toEqual({ "current-ns": "user" });
    const [verbose] = await client.ask({ op: "describe", id: "v", "verbose?": "true" });
    const ops = Object.values(verbose?.["ops"] ?? {}) as Message[];
    expect(ops.every(({ doc }) => typeof doc === "string")).toBe(true);
  });

  it("completes and explains names in every form that clients ask for", async () => {
    const [completions] = await client.ask({ op: "completions", prefix: "a", ns: "user", id: "1" });
    expect(completions?.["completions"]).toEqual([
      { candidate: "area", type: "function", ns: "user" },
      { candidate: "and", type: "keyword" },
    ]);
    const [complete] = await client.ask({ op: "complete", symbol: "an", context: 0, id: "2" });
    expect(complete?.["completions"]).toEqual([{ candidate: "and", type: "keyword" }]);
    const fields = {
      name: "area",
      ns: "user",
      doc: "fn area(r: f64) -> f64\n\nThe area of a circle.",
      arglists: "([r: f64])",
      "arglists-str": "[r: f64]",
      file: "/a/b.spl",
      line: 3,
      column: 1,
    };
    const [lookup] = await client.ask({ op: "lookup", sym: "area", id: "3" });
    expect(lookup).toEqual({ info: fields, status: ["done"] });
    const [info] = await client.ask({ op: "info", symbol: "area", id: "4" });
    expect(info).toEqual({ ...fields, status: ["done"] });
    const [eldoc] = await client.ask({ op: "eldoc", sym: "area", id: "5" });
    expect(eldoc).toMatchObject({ eldoc: [["r: f64"]], type: "function", status: ["done"] });
    expect(await client.ask({ op: "lookup", sym: "x", id: "6" })).toEqual([
      { info: [], status: ["done"] },
    ]);
    expect(await client.ask({ op: "info", sym: "x", id: "7" })).toEqual([
      { status: ["done", "no-info"] },
    ]);
    expect(await client.ask({ op: "eldoc", id: "8" })).toEqual([{ status: ["done", "no-eldoc"] }]);
  });

  it("runs one session in order, and others beside it", async () => {
    const session = await client.clone();
    const other = await client.clone();
    client.send({ op: "eval", code: "wait", id: "first", session });
    client.send({ op: "eval", code: "second", id: "second", session });
    expect(await client.ask({ op: "eval", code: "1", id: "beside", session: other })).toHaveLength(
      2,
    );
    expect(client.messages.some(({ id }) => id === "second")).toBe(false);
    await client.ask({ op: "interrupt", id: "i", session });
    await client.until(() => client.messages.some(({ value }) => value === "second"));
    const ids = client.messages.filter(isDone).map(({ id }) => id);
    expect(ids.slice(-2)).toEqual(["first", "second"]);
  });

  it("interrupts what is asked for, and nothing else", async () => {
    const session = await client.clone();
    const ask = (fields: Record<string, Encodable>) =>
      client.ask({ op: "interrupt", id: "i", session, ...fields });
    expect(await ask({})).toEqual([{ status: ["done", "session-idle"] }]);
    client.send({ op: "eval", code: "wait", id: "one", session });
    client.send({ op: "eval", code: "never", id: 2, session });
    client.send({ op: "eval", code: "wait", id: "three", session });
    for (const other of ["2", 1, "four"])
      expect(await ask({ "interrupt-id": other })).toEqual([
        { status: ["done", "error", "interrupt-id-mismatch"] },
      ]);
    expect(await ask({ "interrupt-id": 2 })).toEqual([{ status: ["done"] }]);
    expect(await ask({ "interrupt-id": "one" })).toEqual([{ status: ["done"] }]);
    await client.until(() => client.messages.some(({ id }) => id === 2));
    // Clients that leave the id away, and some that say 0 for that.
    expect(await ask({ "interrupt-id": 0 })).toEqual([{ status: ["done"] }]);
    await client.until(() => client.messages.some(({ id }) => id === "three"));
    const stopped = client.messages.filter(({ id }) => id !== "i" && id !== "clone");
    expect(stopped.map(({ id, status }) => [id, status])).toEqual([
      ["one", ["done", "interrupted"]],
      [2, ["done", "interrupted"]],
      ["three", ["done", "interrupted"]],
    ]);
  });

  it("brings input to the program", async () => {
    const session = await client.clone();
    client.send({ op: "eval", code: "read", id: "r", session });
    await client.until(() => client.messages.some(({ status }) => String(status) === "need-input"));
    client.send({ op: "stdin", stdin: "abc\n", session });
    await client.until(() => client.messages.some((each) => each["id"] === "r" && isDone(each)));
    expect(evaluator.inputs).toEqual(["first:abc\n"]);
    expect(client.messages.filter(({ id }) => id === undefined)).toEqual([
      { session, status: ["done"] },
    ]);
    expect(client.messages.some(({ value }) => value === "abc\n")).toBe(true);
  });

  it("lists the sessions that live, and ends them", async () => {
    const session = await client.clone();
    const second = await client.clone();
    const [list] = await client.ask({ op: "ls-sessions", id: "l" });
    expect(list?.["sessions"]).toEqual([session, second]);
    client.send({ op: "eval", code: "wait", id: "w", session });
    expect(await client.ask({ op: "close", id: "c", session })).toEqual([
      { status: ["done", "session-closed"] },
    ]);
    await client.until(() => client.messages.some((each) => each["id"] === "w"));
    expect(await client.ask({ op: "eval", code: "1", id: "g", session })).toEqual([
      { status: ["done", "error", "unknown-session"] },
    ]);
    const [rest] = await client.ask({ op: "ls-sessions", id: "m" });
    expect(rest?.["sessions"]).toEqual([second]);
  });

  it("ends the sessions of a client that is gone, unless another one uses them", async () => {
    const session = await client.clone();
    const shared = await client.clone();
    client.send({ op: "eval", code: "wait", id: "w", session });
    const other = new TestClient(server.port);
    await other.ask({ op: "eval", code: "1", id: "o", session: shared });
    client.socket.destroy();
    while (evaluator.closed.length === 0) await other.ask({ op: "describe", id: "p" });
    const [list] = await other.ask({ op: "ls-sessions", id: "l" });
    expect(list?.["sessions"]).toEqual([shared]);
    expect(evaluator.requests[0]?.signal.aborted).toBe(true);
    other.socket.destroy();
  });

  it("forwards the output of the program itself to those who want it", async () => {
    await client.ask({ op: "forward-system-output", id: "f" });
    await client.until(() => client.messages.filter(({ out }) => out === "own\n").length > 2);
    expect(client.messages.at(-1)).toMatchObject({ id: "f" });
  });
});

describe("the forms of Clojure that editors send", () => {
  it.each([
    ["*ns*", ["user"]],
    ["^{:line 1, :column 1} *ns*", ["user"]],
    [
      "(when-let [requires (resolve 'clojure.main/repl-requires)] (clojure.core/apply clojure.core/require @requires))",
      [],
    ],
    ["(in-ns 'user)", []],
    ["(ns src-demo)", []],
    ["#?(:clj 'clj :cljs 'cljs :cljr 'cljr :default 'unknown)", ["unknown"]],
    ["(clojure.stacktrace/print-cause-trace *e)", []],
  ])("answers %s itself", async (code, values) => {
    const answers = await client.ask({ op: "eval", code, id: "p" });
    expect(answers.flatMap(({ value }) => value ?? [])).toEqual(values);
    expect(answers.at(-1)).toEqual({ status: ["done"] });
    expect(evaluator.requests).toEqual([]);
  });

  it("leaves everything else to the language", async () => {
    await client.ask({ op: "eval", code: "(ns + 1)", id: "p" });
    expect(evaluator.requests).toHaveLength(1);
  });
});

describe("hostile clients", () => {
  it.each([
    ["text that is no message", "GET / HTTP/1.1\r\n\r\n"],
    ["a list", "le"],
    ["a number", "i5e"],
    ["a giant text", "99999999999:"],
    ["deep nesting", "l".repeat(1000)],
    ["a dictionary without an end", "d1:ae"],
  ])("are told and dropped: %s", async (_, bytes) => {
    client.socket.write(bytes);
    await client.until(() => client.ended);
    expect(client.messages).toEqual([
      { err: expect.stringContaining("not a message") as string, status: ["error", "done"] },
    ]);
    const next = new TestClient(server.port);
    expect(await next.ask({ op: "eval", code: "1", id: "n" })).toHaveLength(2);
    next.socket.destroy();
  });

  it("may have so many evaluations wait, and no more", async () => {
    const session = await client.clone();
    client.send({ op: "eval", code: "wait", id: "w", session });
    const large = " ".repeat(30 * 2 ** 20);
    for (let i = 0; i < 10; i += 1) client.send({ op: "eval", code: large, id: `l${i}`, session });
    await client.until(() => client.messages.some(({ id }) => id === "l9"));
    const refused = client.messages.filter(({ status }) => String(status).includes("too-many"));
    expect(refused.map(({ id }) => id)).toEqual(["l8", "l9"]);
    await client.ask({ op: "interrupt", id: "i", "interrupt-id": "w", session });
    expect(await client.ask({ op: "eval", code: "1", id: "n", session })).toHaveLength(2);
  });

  it("may open so many sessions, and no more", async () => {
    for (let i = 0; i < 10_000; i += 1) client.send({ op: "clone" });
    const [refused] = await client.ask({ op: "clone", id: "last" });
    expect(refused).toEqual({ status: ["done", "error", "too-many-sessions"] });
    client.socket.destroy();
    const next = new TestClient(server.port);
    while (evaluator.closed.length < 10_000) await next.ask({ op: "describe", id: "d" });
    expect(await next.clone()).toMatch(/^[0-9a-f-]{36}$/);
    next.socket.destroy();
  });

  it("may put anything into any field", async () => {
    const ops = [
      "clone",
      "describe",
      "eval",
      "load-file",
      "interrupt",
      "ls-sessions",
      "stdin",
      "close",
    ];
    const more = [
      "completions",
      "complete",
      "lookup",
      "info",
      "eldoc",
      "ns-list",
      "rollback",
      "classpath",
      "call",
      "profile",
    ];
    const fields = [
      ["op", "session", "id", "code", "file", "line", "column", "ns"],
      [
        "prefix",
        "symbol",
        "sym",
        "stdin",
        "interrupt-id",
        "file-path",
        "steps",
        "verbose?",
        "function",
        "arguments",
        "action",
      ],
    ].flat();
    const odd: Encodable[] = [
      0,
      -1,
      9e15,
      "",
      "\u0000",
      "é".repeat(300),
      [],
      {},
      [[1], "x"],
      { a: { b: 1 } },
    ];
    let turn = 0;
    for (const op of [...ops, ...more])
      for (const field of fields)
        for (const value of odd) {
          turn += 1;
          client.send({ op, code: "1", file: "2", sym: "area", mark: turn, [field]: value });
        }
    await client.until(() => client.messages.filter(isDone).length === turn);
    expect(await client.ask({ op: "eval", code: "1", id: "after" })).toHaveLength(2);
  });

  it("may take a message apart as they like", async () => {
    const bytes = encode({ op: "eval", code: "print", id: "s" });
    client.socket.setNoDelay(true);
    for (const byte of bytes) {
      client.socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.until(() => client.messages.some(isDone));
    expect(client.messages[0]).toMatchObject({ out: "é€😀\n" });
  });

  it("may be a thousand, half of them silent in the middle of a message", async () => {
    const many = Array.from({ length: 1000 }, () => new TestClient(server.port));
    for (const [index, each] of many.entries())
      if (index % 2 === 0) each.socket.write("d2:op4:eval4:code100000:");
    const answers = await Promise.all(
      many
        .filter((_, index) => index % 2 === 1)
        .map((each) => each.ask({ op: "eval", code: "1", id: "m" })),
    );
    expect(answers.every((answer) => answer.length === 2)).toBe(true);
    expect(await client.ask({ op: "ls-sessions", id: "l" })).toEqual([
      { sessions: [], status: ["done"] },
    ]);
    for (const each of many) each.socket.destroy();
  });

  it("may leave what they asked for unread; the server drops them in the end", async () => {
    client.socket.pause();
    const large = "x".repeat(2 ** 20);
    let error: unknown;
    client.socket.on("close", () => (error = "closed"));
    for (let i = 0; i < 100 && error === undefined; i += 1) {
      client.send({ op: "eval", code: large, id: "big" });
      await new Promise((resolve) => setImmediate(resolve));
    }
    const next = new TestClient(server.port);
    for (let i = 0; i < 200; i += 1) await next.ask({ op: "describe", id: "d" });
    expect(await next.ask({ op: "eval", code: "1", id: "n" })).toHaveLength(2);
    next.socket.destroy();
  });
});

describe("rehearsals", () => {
  it("take the way of all evaluations, and no client sees them", async () => {
    const turns: number[] = [];
    const rehearsing = Object.assign(new WordEvaluator(), {
      rehearse: (turn: number, emit: (event: EvaluationEvent) => void) => {
        turns.push(turn);
        emit({ kind: "value", text: `${turn}`, namespace: "user" });
        return Promise.resolve(turn < 20 ? ("done" as const) : ("over" as const));
      },
    });
    const own = await startNreplServer({ evaluator: rehearsing, port: 0 });
    const other = new TestClient(own.port);
    const session = await other.clone();
    while (turns.at(-1) !== 20)
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    expect(turns).toEqual(Array.from({ length: 21 }, (_, turn) => turn));
    expect(rehearsing.requests).toEqual([]);
    expect(await other.ask({ op: "ls-sessions", id: "1" })).toEqual([
      { sessions: [session], status: ["done"] },
    ]);
    expect(other.messages.length).toBe(2);
    other.socket.destroy();
    await own.close();
  });

  it("are none where there is no server", async () => {
    const turns: number[] = [];
    const rehearsing = Object.assign(new WordEvaluator(), {
      rehearse: (turn: number) => {
        turns.push(turn);
        return Promise.resolve("done" as const);
      },
    });
    const own = await startNreplServer({ evaluator: new WordEvaluator(), port: 0 });
    const taken = startNreplServer({ evaluator: rehearsing, port: own.port });
    await expect(taken).rejects.toThrow("EADDRINUSE");
    // Four times as long as nobody must have asked for anything.
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    expect(turns).toEqual([]);
    await own.close();
  });
});
