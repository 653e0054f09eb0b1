// What Simple has and its core has not: refused by name, with a sentence.
import type { Span } from "../../../base/index.ts";
import type { Parser } from "./cursor.ts";
import type { Kind } from "./kinds.ts";

/** First words of constructs that are not core; followed by a word they are not ordinary names. */
const refusedWords: Readonly<Record<string, string>> = {
  async: "Write a plain `fn`: there are no asynchronous functions.",
  await: "Call the function directly: there are no asynchronous functions.",
  actor: "Use a `class` instead.",
  spawn: "Call the function directly: there are no concurrent tasks.",
  yield: "Return an array instead: there are no generators.",
  generator: "Return an array instead: there are no generators.",
  macro: "Write a function instead.",
  aspect: "Call the functions where they are needed: there is no aspect weaving.",
  pointcut: "Call the functions where they are needed: there is no aspect weaving.",
  gpu: "Write a plain `fn`: there is no GPU code.",
  kernel: "Write a plain `fn`: there is no GPU code.",
  unit: "Use plain numbers and say the unit in the name.",
  bitfield: "Use an integer with shifts and masks.",
  mixin: "Put the methods into an `impl` block.",
  bind: "Call the implementation directly.",
  alias: "Use `type Name = T` for a type, or `val` for a value.",
  context: "Name the object in each call: `obj.method()`.",
  with: "Bind the value with `val` and clean up by a call.",
  defer: "Write the call at the end of the block.",
  requires: "Use `assert` at the start of the function.",
  ensures: "Use `assert` before the result.",
  invariant: "Use `assert` where the invariant must hold.",
};

function refuse(p: Parser, what: string, span: Span, help: string): never {
  p.fail({
    code: "parse/not-core",
    message: `found ${what}, expected a construct of core Simple`,
    span,
    help,
  });
}

/** Refuses `word x` where the word begins a construct that is not core. */
export function refuseCall(p: Parser, name: string, span: Span): void {
  const help = refusalOf(name);
  const isText = p.is("text") && name === "context";
  if (help !== null && !isText) refuse(p, `\`${name}\``, span, help);
  if (p.is("{") && p.adjacent()) {
    refuse(
      p,
      `the block \`${name}{\``,
      span,
      "Custom blocks have no meaning: write ordinary code.",
    );
  }
}

function refusalOf(name: string): string | null {
  return Object.hasOwn(refusedWords, name) ? (refusedWords[name] ?? null) : null;
}

const declarationWords: ReadonlySet<Kind> = new Set<Kind>([
  "fn", "struct", "class", "enum", "trait", "impl", "val", "var", "let", "extern", "for", "use", "import",
]); // prettier-ignore

/** Refuses the statement at the current name when it is a construct that is not core. */
export function refuseStatement(p: Parser): void {
  const name = p.token.text;
  const help = refusalOf(name);
  if (help !== null && declarationWords.has(p.peekKind())) {
    refuse(p, `\`${name}\``, p.spanOf(p.token), help);
  }
}

/** Refuses the declaration of a function whose name has a meaning that is not core. */
export function refuseFunctionName(p: Parser, name: string, span: Span): void {
  if (name !== "method_missing") return;
  refuse(p, "`method_missing`", span, "Declare each method by its name.");
}

/** Refuses `:name`, `&x` and `*x` in the place of an expression. */
export function refusePrimary(p: Parser): void {
  const next = p.peek(1);
  const touches = next.start === p.token.end;
  if (p.is(":") && touches && next.kind === "name") {
    refuse(
      p,
      `the symbol \`:${next.text}\``,
      p.spanOf(p.token),
      `Use the text \`"${next.text}"\`.`,
    );
  }
  if ((p.is("&") || p.is("*")) && touches) {
    const help = "Class instances are references already: write the name alone.";
    refuse(p, `the pointer operator \`${p.kind}\``, p.spanOf(p.token), help);
  }
}

export function refuseSet(p: Parser, start: number): never {
  const span = p.spanFrom(start);
  refuse(p, "a set literal", span, "Use an array `[1, 2]`, or a dictionary `{1: true}`.");
}

export function refuseVariadic(p: Parser): never {
  refuse(p, "the variadic parameter `...`", p.here(), "Take an array parameter `xs: [T]`.");
}
