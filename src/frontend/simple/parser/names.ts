// Names and lists, which every syntax family uses.
import type { Name } from "../ast.ts";
import type { TokenKind } from "../token.ts";
import type { Parser } from "./cursor.ts";
import { isKeyword } from "./kinds.ts";

/** A name that is declared or bound. A keyword in its place is reported and taken. */
export function parseName(p: Parser, what: string): Name {
  if (p.is("name")) return takeName(p);
  if (isKeyword(p.kind)) {
    const problem = {
      code: "parse/keyword-as-name",
      message: `found the keyword \`${p.kind}\`, expected ${what}`,
      help: `\`${p.kind}\` is reserved: choose another name, such as \`${p.kind}_\`.`,
    };
    // With a name behind it, it is not meant as the name; neither is the `in` of a loop without a variable.
    if (p.peekKind() === "name" || p.is("in")) p.fail(problem);
    p.report(problem);
    return takeName(p);
  }
  p.fail({
    code: "parse/missing-name",
    message: `found ${p.found()}, expected ${what}`,
    help: "Write a name: a letter or `_`, then letters, digits and `_`.",
  });
}

/** A field name after `.` or a label before `:`, where keywords are allowed. */
export function parseMemberName(p: Parser, what: string): Name {
  if (p.is("name") || isKeyword(p.kind)) return takeName(p);
  p.fail({
    code: "parse/missing-name",
    message: `found ${p.found()}, expected ${what}`,
    help: "Write a name: a letter or `_`, then letters, digits and `_`.",
  });
}

export function takeName(p: Parser): Name {
  const token = p.advance();
  return { text: token.text, span: p.spanOf(token) };
}

/** Whether a name or keyword stands here. */
export function atWord(p: Parser): boolean {
  return p.is("name") || isKeyword(p.kind);
}

/** Comma-separated items between brackets, a trailing comma allowed. */
export function parseBracketed<T>(p: Parser, closer: TokenKind, item: () => T): T[] {
  const items: T[] = [];
  const outer = p.openBracket();
  while (!p.is(closer)) {
    items.push(item());
    if (!p.accept(",")) break;
  }
  p.closeBracket(outer, closer, items.length === 0 ? "" : "`,`");
  return items;
}

function colonHelp(p: Parser): string {
  if (p.is("{")) return "Write `:` and an indented block: braces hold no statements.";
  if (p.is("...")) return "Write `a..b` for a range without its end, `a..=b` for one with it.";
  return "Write `:` before the body.";
}

/** Takes the colon before a body; a colon missing at the end of the line is reported and supposed. */
export function expectColon(p: Parser, after: string): void {
  if (p.accept(":")) return;
  const problem = {
    code: "parse/missing-colon",
    message: `found ${p.found()}, expected \`:\` after ${after}`,
    help: colonHelp(p),
  };
  if (p.atLineEnd()) p.report(problem);
  else p.fail(problem);
}
