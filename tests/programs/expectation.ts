// What a conformance program must do, read from its comments or from the file beside it. See README.md.

export interface Expectation {
  readonly out: string;
  readonly err: string;
  readonly exitCode: number;
  /** Message of the runtime error that ends the program. */
  readonly error: string | null;
  /** Frames `function:line:column`; `null` if the trace is not looked at. */
  readonly trace: readonly string[] | null;
}

/** From the comments `#=`, `#~` and `#!`. */
export function expectationOfComments(source: string): Expectation {
  const out: string[] = [];
  const err: string[] = [];
  const ends: string[] = [];
  for (const line of source.split("\n")) {
    const match = /#([=~!]) ?(.*)$/.exec(line);
    if (match === null) continue;
    const [, mark, text = ""] = match;
    ({ "=": out, "~": err, "!": ends })[mark as "=" | "~" | "!"].push(text);
  }
  return { out: lines(out), err: lines(err), ...ending(ends) };
}

/** From `NAME.expected`: the output, then sections `--- stderr`, `--- exit` and `--- error`. */
export function expectationOfFile(text: string): Expectation {
  const [out = "", ...sections] = text.split(/^--- /m);
  let err = "";
  const ends: string[] = [];
  for (const section of sections) {
    const [name = "", ...body] = section.split("\n");
    if (name === "stderr") err = body.join("\n");
    else if (name.startsWith("exit")) ends.push(name);
    else if (name.startsWith("error")) ends.push(name, ...body.filter((line) => line !== ""));
    else throw new Error(`no such section: ${name}`);
  }
  return { out, err, ...ending(ends) };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

function ending(ends: readonly string[]): Pick<Expectation, "exitCode" | "error" | "trace"> {
  let exitCode = 0;
  let error: string | null = null;
  const trace: string[] = [];
  for (const text of ends) {
    const [, kind, rest = ""] = /^(exit|error|at) (.*)$/.exec(text) ?? [];
    if (kind === "exit") exitCode = Number(rest);
    else if (kind === "error") error = rest;
    else if (kind === "at") trace.push(...repeated(rest));
    else throw new Error(`cannot read the expectation \`${text}\``);
  }
  return { exitCode, error, trace: trace.length === 0 ? null : trace };
}

function repeated(text: string): string[] {
  const [, frame = text, count = "1"] = /^(\S+)(?: x(\d+))?$/.exec(text) ?? [];
  return Array.from({ length: Number(count) }, () => frame);
}
