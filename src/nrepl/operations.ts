// The operations: what each takes, and how it answers. `describe` says the same to clients.
import type { EncodableDict } from "./bencode.ts";
import type { Connection } from "./connection.ts";
import { evaluationJob, type EvaluationJob } from "./evaluation.ts";
import { answerProfile, unsupported } from "./profile.ts";
import type { CodePlace, Evaluator, NameQuery, SymbolDescription } from "./evaluator.ts";
import { completion, eldoc, info, versionFields } from "./fields.ts";
import type { Request } from "./request.ts";
import type { Session, Sessions } from "./sessions.ts";

/** A request on its way through an operation. */
export interface Call {
  readonly evaluator: Evaluator;
  readonly sessions: Sessions;
  readonly connection: Connection;
  readonly request: Request;
  /** The session that the request names; null if it names none. */
  readonly session: Session | null;
  /** Sends a message with the request's id and session. */
  readonly reply: (message: EncodableDict) => void;
}

interface Operation {
  readonly doc: string;
  readonly requires: Readonly<Record<string, string>>;
  readonly optional: Readonly<Record<string, string>>;
  readonly returns: Readonly<Record<string, string>>;
  /** Answers now or later; a rejection is reported to the client. */
  perform(call: Call): void | Promise<void>;
}

const sessionField = { session: "The session." };
const inSession = {
  session: "The session.",
  ns: "The namespace.",
};
const evaluationReturns = {
  value: "The value of each expression.",
  ns: "The namespace after it.",
  out: "What was printed.",
  err: "Errors.",
  ex: "The kind of error.",
  "root-ex": "The kind of its cause.",
};
const completionReturns = { completions: "Dictionaries: `candidate`, `type`, `ns`." };

function operation(
  doc: string,
  parts: Partial<Omit<Operation, "doc" | "perform">>,
  perform: Operation["perform"],
): Operation {
  return { doc, requires: {}, optional: {}, returns: {}, ...parts, perform };
}

const complete = operation(
  "Names that begin with a text.",
  {
    requires: { prefix: "The text; `symbol` is taken as well." },
    optional: inSession,
    returns: completionReturns,
  },
  async (call) => {
    const text = call.request.text("prefix") ?? call.request.text("symbol") ?? "";
    const found = await call.evaluator.completions(query(call, text));
    call.reply({ completions: found.map(completion), status: ["done"] });
  },
);

/** Every operation by its name. */
export const operations: Readonly<Record<string, Operation>> = {
  clone: operation(
    "Opens a session.",
    {
      optional: { session: "The session that it begins with." },
      returns: { "new-session": "Its id." },
    },
    ({ connection, sessions, session, reply }) => {
      const opened = sessions.open(connection, session?.id ?? null);
      if (opened === null) reply({ status: ["done", "error", "too-many-sessions"] });
      else reply({ "new-session": opened.id, status: ["done"] });
    },
  ),
  close: operation("Ends a session and what runs in it.", { requires: sessionField }, (call) => {
    if (call.session === null) return call.reply(noSession);
    call.sessions.close(call.session);
    call.reply({ status: ["done", "session-closed"] });
  }),
  "ls-sessions": operation(
    "The sessions that there are.",
    { returns: { sessions: "Their ids." } },
    ({ sessions, reply }) => reply({ sessions: sessions.ids(), status: ["done"] }),
  ),
  describe: operation(
    "What this server can do.",
    {
      optional: { "verbose?": "With the documentation of each operation." },
      returns: {
        ops: "The operations by name.",
        versions: "Versions by name.",
        aux: "`current-ns`.",
      },
    },
    describe,
  ),
  eval: operation(
    "Evaluates code.",
    {
      requires: { code: "The code." },
      optional: {
        ...inSession,
        file: "The file that it comes from.",
        line: "Its line there, from 1.",
        column: "Its column.",
      },
      returns: evaluationReturns,
    },
    (call) => {
      const code = call.request.text("code");
      if (code === undefined) call.reply({ status: ["done", "error", "no-code"] });
      else evaluate(call, { code, place: placeOf(call.request) });
    },
  ),
  "load-file": operation(
    "Evaluates the text of a file.",
    {
      requires: { file: "The text." },
      optional: { ...sessionField, "file-path": "Its path.", "file-name": "Its name." },
      returns: evaluationReturns,
    },
    (call) => {
      const { request } = call;
      const code = request.text("file");
      const file =
        request.name("file-path") ?? request.name("filePath") ?? request.name("file-name") ?? null;
      if (code === undefined) call.reply({ status: ["done", "error", "no-code"] });
      else evaluate(call, { code, place: { file, line: 1, column: 1 }, wholeFile: true });
    },
  ),
  interrupt: operation(
    "Stops an evaluation.",
    {
      requires: sessionField,
      optional: { "interrupt-id": "Id of its request." },
    },
    interrupt,
  ),
  stdin: operation(
    "Input for the program.",
    { requires: { ...sessionField, stdin: "The text; empty for its end." } },
    ({ evaluator, request, session, reply }) => {
      if (session === null) return reply(noSession);
      evaluator.input(session.id, request.text("stdin") ?? "");
      reply({ status: ["done"] });
    },
  ),
  completions: complete,
  complete,
  lookup: operation(
    "What is known of a name.",
    {
      requires: { sym: "The name; `symbol` is taken as well." },
      optional: inSession,
      returns: { info: "A dictionary, or an empty list." },
    },
    async (call) => {
      const found = await lookup(call);
      call.reply({ info: found === null ? [] : info(found), status: ["done"] });
    },
  ),
  info: operation(
    "What is known of a name, as fields of the answer.",
    { requires: { sym: "The name; `symbol` is taken as well." }, optional: inSession },
    async (call) => {
      const found = await lookup(call);
      if (found === null) call.reply({ status: ["done", "no-info"] });
      else call.reply({ ...info(found), status: ["done"] });
    },
  ),
  eldoc: operation(
    "The parameters of a function.",
    {
      requires: { sym: "The name; `symbol` is taken as well." },
      optional: inSession,
      returns: { eldoc: "Lists of parameters.", type: "`function` or `variable`." },
    },
    async (call) => {
      const found = await lookup(call);
      if (found === null) call.reply({ status: ["done", "no-eldoc"] });
      else call.reply({ ...eldoc(found), status: ["done"] });
    },
  ),
  "ns-list": operation(
    "The namespaces that there are.",
    { returns: { "ns-list": "Their names." } },
    async ({ evaluator, reply }) =>
      reply({ "ns-list": [...(await evaluator.namespaces())], status: ["done"] }),
  ),
  // Editors that find this operation do not ask for those of a Java process.
  classpath: operation(
    "Folders of code: none.",
    { returns: { classpath: "An empty list." } },
    ({ reply }) => reply({ classpath: [], status: ["done"] }),
  ),
  "forward-system-output": operation(
    "Answers are what the program prints outside of evaluations.",
    { returns: { out: "What was printed.", err: "Errors." } },
    ({ connection, evaluator, reply }) => {
      connection.watchOutput(evaluator.watchOutput((stream, text) => reply({ [stream]: text })));
      reply({ status: ["done"] });
    },
  ),
  call: operation(
    "Calls a function of the program; nothing is compiled for it.",
    {
      requires: { function: "Its name.", arguments: "Numbers and bools, as texts." },
      optional: sessionField,
      returns: evaluationReturns,
    },
    callFunction,
  ),
  profile: operation(
    "Counts the calls of functions.",
    {
      optional: { action: "`start`, `stop` or `read`." },
      returns: {
        time: "Microseconds.",
        functions: "Dictionaries: `name`, `tier`, `calls`, `total`, `self`.",
      },
    },
    answerProfile,
  ),
  rollback: operation(
    "Takes back the last changes of definitions.",
    {
      optional: { steps: "How many. Default 1." },
      returns: {
        changed: "Names.",
        left: "Changes that are left.",
      },
    },
    async ({ evaluator, request, reply }) => {
      const { left, changed } = await evaluator.rollback(request.position("steps") ?? 1);
      reply({ changed: [...changed], left, status: ["done"] });
    },
  ),
};

const noSession: EncodableDict = { status: ["done", "error", "session-ephemeral"] };

interface ToEvaluate {
  readonly code: string;
  readonly place: CodePlace;
  readonly wholeFile?: boolean;
  readonly start?: EvaluationJob["start"];
}

function evaluate(call: Call, { code, place, wholeFile = false, start }: ToEvaluate): void {
  const { connection, evaluator, request, session, reply } = call;
  const job = evaluationJob({
    id: request.id(),
    evaluator,
    reply,
    ...(start === undefined ? {} : { start }),
    request: {
      code,
      place,
      wholeFile,
      session: session?.id ?? null,
      namespace: request.name("ns") ?? null,
      backlog: () => connection.backlog,
    },
  });
  const queue = session?.queue ?? connection.queue;
  if (!queue.add(job)) reply({ status: ["done", "error", "too-many-evaluations"] });
}

/** In the session's queue, so that it can be interrupted. */
function callFunction(call: Call): void {
  const { evaluator, request, reply } = call;
  const name = request.name("function");
  const texts = request.texts("arguments");
  if (evaluator.call === undefined) reply(unsupported);
  else if (name === undefined || texts === undefined)
    reply({ status: ["done", "error", "no-function"] });
  else {
    const start: EvaluationJob["start"] = (signal, emit) =>
      evaluator.call?.({ name, texts, signal }, emit) ?? Promise.resolve("done");
    evaluate(call, { code: "", place: placeOf(request), start });
  }
}

function placeOf(request: Request): CodePlace {
  return {
    file: request.name("file") ?? null,
    line: request.position("line") ?? 1,
    column: request.position("column") ?? 1,
  };
}

function interrupt({ request, session, reply }: Call): void {
  if (session === null) return reply(noSession);
  const { queue } = session;
  const id = request.id("interrupt-id");
  // Some clients say 0 for nothing.
  const job = id === undefined || id === "" || id === 0 ? queue.current : queue.find(id);
  if (job !== null && job !== undefined) {
    job.abort.abort();
    reply({ status: ["done"] });
  } else if (queue.current === null) reply({ status: ["done", "session-idle"] });
  else reply({ status: ["done", "error", "interrupt-id-mismatch"] });
}

function describe({ evaluator, request, reply }: Call): void {
  const verbose = request.flag("verbose?") || request.flag("verbose");
  const ops = Object.entries(operations).map(([name, { doc, requires, optional, returns }]) => [
    name,
    verbose ? { doc, requires, optional, returns } : {},
  ]);
  const versions = Object.entries({ ...evaluator.versions, nrepl: "1.3.1" }).map(
    ([name, version]) => [name, versionFields(version)],
  );
  reply({
    ops: Object.fromEntries(ops),
    versions: Object.fromEntries(versions),
    aux: { "current-ns": evaluator.initialNamespace },
    status: ["done"],
  });
}

function query({ request, session }: Call, text: string): NameQuery {
  return { text, session: session?.id ?? null, namespace: request.name("ns") ?? null };
}

function lookup(call: Call): Promise<SymbolDescription | null> {
  const name = call.request.name("sym") ?? call.request.name("symbol");
  return name === undefined ? Promise.resolve(null) : call.evaluator.lookup(query(call, name));
}
