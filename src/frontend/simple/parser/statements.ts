// Statements.
import type { AssignOp, CallExpr, Expr, Place, Stmt, TextExpr } from "../ast.ts";
import { specHooks } from "../spec-words.ts";
import type { Token } from "../token.ts";
import { strayBracket } from "./blocks.ts";
import { parseCondition } from "./control.ts";
import type { Parser } from "./cursor.ts";
import type { Kind } from "./kinds.ts";
import {
  parseEnum,
  parseExtern,
  parseFunction,
  parseImpl,
  parseStruct,
  parseTrait,
  parseTypeAlias,
  skipDecorator,
} from "./declarations.ts";
import { parseExport, parseFrom, parseUse } from "./modules.ts";
import { expectColon, takeName } from "./names.ts";
import { parseExpression } from "./operators.ts";
import { parseBindingPattern, parseForPattern } from "./patterns.ts";
import { expectIn } from "./primary.ts";
import { refuseStatement } from "./refused.ts";
import { parseType } from "./types.ts";

type StatementParser = (p: Parser) => Stmt | null;

const byKeyword: Partial<Record<Kind, StatementParser>> = {
  val: parseBinding,
  var: parseBinding,
  let: parseBinding,
  const: parseBinding,
  while: parseWhile,
  loop: parseLoop,
  for: parseFor,
  break: parseJump,
  continue: parseJump,
  pass: parseJump,
  return: parseReturn,
  struct: parseStruct,
  class: parseStruct,
  enum: parseEnum,
  trait: parseTrait,
  impl: parseImpl,
  extern: parseExtern,
  use: parseUse,
  import: parseUse,
  pub: skipPub,
  "@": skipDecorator,
  else: strayElse,
  elif: strayElse,
  case: strayCase,
  ";": straySemicolon,
  ")": strayBracket,
  "]": strayBracket,
  "}": strayBracket,
};

/** One statement, with the decorators, `pub` and stray `;` before it on its line; these alone add nothing. */
export function parseStatement(p: Parser, out: Stmt[]): void {
  let statement = dispatch(p);
  while (statement === null && !p.atLineEnd()) {
    p.statementStart = p.at;
    statement = dispatch(p);
  }
  if (statement !== null) out.push(statement);
}

function dispatch(p: Parser): Stmt | null {
  if (p.is("fn") && p.peek(1).kind !== "(") return parseFunction(p, "plain");
  if (p.is("me")) return strayMe(p);
  const parse = byKeyword[p.kind];
  if (parse !== undefined) return parse(p);
  if (p.is("name")) return parseNamed(p);
  return parseExpressionStatement(p);
}

const idleWords: ReadonlySet<string> = new Set(["pass_dn", "pass_todo", "pass_do_nothing"]);

/** A statement that begins with a name, which may be a word with a meaning at this place only. */
function parseNamed(p: Parser): Stmt | null {
  refuseStatement(p);
  const next = p.peekKind();
  switch (p.token.text) {
    case "static":
      if (next === "name" || next === "(" || next === "[") return parseBinding(p);
      if (next === "fn") return strayStatic(p);
      break;
    case "type":
      if (next === "name" && (p.peek(2).kind === "=" || p.peek(2).kind === "<")) {
        return parseTypeAlias(p);
      }
      break;
    case "export":
      if (next === "name" || next === "{") return parseExport(p);
      break;
    case "from":
      if (next === "name") return parseFrom(p);
      break;
    default:
      if (idleWords.has(p.token.text) && endsStatement(next)) return parseJump(p);
  }
  if (next === ":" && (Object.hasOwn(specHooks, p.token.text) || deeperBlockFollows(p))) {
    return parseLabelBlock(p);
  }
  return parseExpressionStatement(p);
}

function endsStatement(kind: Kind): boolean {
  return kind === "newline" || kind === "eof" || kind === ";";
}

function deeperBlockFollows(p: Parser): boolean {
  return p.peek(2).first && p.peek(2).indent > p.blockIndent;
}

/** `before_each:` and its body. */
function parseLabelBlock(p: Parser): Stmt {
  const start = p.token.start;
  const callee = takeName(p);
  p.advance();
  const body = p.grammar.body(p, { owner: `\`${callee.text}\``, several: true });
  return { kind: "block_call", callee, args: [], body, span: p.spanFrom(start) };
}

/** `val x: T = e`; `let` is `val`, `let mut` is `var`. */
function parseBinding(p: Parser): Stmt {
  const word = p.advance();
  let mutable = word.kind === "var";
  if (word.kind === "let" && p.is("name") && p.token.text === "mut") {
    mutable = true;
    p.advance();
  }
  const pattern = parseBindingPattern(p);
  const type = p.accept(":") ? parseType(p) : null;
  const value = parseInitializer(p, word);
  return { kind: "binding", mutable, pattern, type, value, span: p.spanFrom(word.start) };
}

function parseInitializer(p: Parser, word: Token): Expr {
  if (!p.is("=")) {
    const isTuple = p.is(",");
    p.fail({
      code: "parse/missing-value",
      message: `found ${p.found()}, expected \`=\` and a value`,
      help: isTuple
        ? "Write parentheses around several names: `val (a, b) = pair`."
        : `Give it a value: \`${word.text} name = value\`.`,
    });
  }
  p.advance();
  return parseRightSide(p);
}

/** The value after `=`, which may begin on a deeper line. */
function parseRightSide(p: Parser): Expr {
  if (p.is("newline") && p.atDeeperLine()) p.joinLine();
  return parseExpression(p);
}

function parseWhile(p: Parser): Stmt {
  const start = p.advance().start;
  const condition = parseCondition(p, "`while`");
  expectColon(p, "the condition of `while`");
  const body = p.grammar.body(p, { owner: "`while`", several: true });
  return { kind: "while", condition, body, span: p.spanFrom(start) };
}

function parseLoop(p: Parser): Stmt {
  const start = p.advance().start;
  expectColon(p, "`loop`");
  const body = p.grammar.body(p, { owner: "`loop`", several: true });
  return { kind: "loop", body, span: p.spanFrom(start) };
}

function parseFor(p: Parser): Stmt {
  const start = p.advance().start;
  const pattern = parseForPattern(p);
  expectIn(p);
  const iterable = parseExpression(p);
  expectColon(p, "the values of `for`");
  const body = p.grammar.body(p, { owner: "`for`", several: true });
  return { kind: "for", pattern, iterable, body, span: p.spanFrom(start) };
}

function parseJump(p: Parser): Stmt {
  const token = p.advance();
  const kind = token.kind === "break" || token.kind === "continue" ? token.kind : "pass";
  return { kind, span: p.spanOf(token) };
}

function parseReturn(p: Parser): Stmt {
  const start = p.advance().start;
  const ends = endsStatement(p.kind) || endsBody(p.kind);
  const value = ends ? null : parseExpression(p);
  return { kind: "return", value, span: p.spanFrom(start) };
}

function endsBody(kind: Kind): boolean {
  return (
    kind === "else" ||
    kind === "elif" ||
    kind === ")" ||
    kind === "]" ||
    kind === "}" ||
    kind === ","
  );
}

const assignOps: ReadonlySet<Kind> = new Set<Kind>(["=", "+=", "-=", "*=", "/=", "%="]);

function isAssignOp(kind: Kind): kind is AssignOp {
  return assignOps.has(kind);
}

function parseExpressionStatement(p: Parser): Stmt {
  const first = p.token;
  const value = parseExpression(p);
  const op = p.kind;
  if (isAssignOp(op)) {
    const target = checkPlace(p, value);
    p.advance();
    const assigned = parseRightSide(p);
    return { kind: "assign", op, target, value: assigned, span: p.spanFrom(first.start) };
  }
  if (p.is(":") && isBlockCall(value)) return parseBlockCall(p, value);
  if (value.kind === "text" && isDocstring(first) && p.previousEnd === first.end) {
    const text: TextExpr = value;
    return { kind: "docstring", value: text, span: value.span };
  }
  return { kind: "expr", value, span: p.spanFrom(first.start) };
}

function isDocstring(token: Token): boolean {
  return token.literal?.kind === "text" && token.literal.docstring;
}

/** Whether the call is `name "text"`, which may have a block. */
function isBlockCall(value: Expr): value is CallExpr {
  if (value.kind !== "call" || value.style !== "bare" || value.callee.kind !== "name") return false;
  const label = value.args[0]?.value.kind;
  return label === "text" || label === "interpolation";
}

function parseBlockCall(p: Parser, { callee, args, span }: CallExpr): Stmt {
  const name = callee.kind === "name" ? callee.name : "";
  p.advance();
  const body = p.grammar.body(p, { owner: `\`${name}\``, several: true });
  return {
    kind: "block_call",
    callee: { text: name, span: callee.span },
    args,
    body,
    span: p.spanFrom(span.start),
  };
}

function checkPlace(p: Parser, value: Expr): Place {
  const { kind, span } = value;
  if (kind === "name" || kind === "index" || kind === "tuple_index") return value;
  if (kind === "member" && !value.optional) return value;
  if (kind === "placeholder") {
    return { kind: "name", name: p.file.text.slice(span.start, span.end), span };
  }
  p.fail({
    code: "parse/bad-target",
    message: `found \`${p.kind}\` after something that is no place, expected a name, field or element before it`,
    span: value.span,
    help: "Assign to `name`, `a.b` or `a[i]`, or write `==` to compare.",
  });
}

function skipPub(p: Parser): null {
  p.advance();
  if (p.atLineEnd()) {
    p.fail({
      code: "parse/missing-declaration",
      message: `found ${p.found()} after \`pub\`, expected a declaration`,
      help: "Write the declaration behind `pub`.",
    });
  }
  return null;
}

function strayElse(p: Parser): never {
  if (p.afterFailure) p.abandon();
  const word = p.kind;
  return p.fail({
    code: "parse/else-without-if",
    message: `found \`${word}\` without an \`if\` before it, expected a statement`,
    help: "Align it with its `if`, and put nothing between them.",
  });
}

function strayCase(p: Parser): never {
  if (p.afterFailure) p.abandon();
  return p.fail({
    code: "parse/case-without-match",
    message: "found `case` outside of `match`, expected a statement",
    help: "Put it into the arms of a `match`.",
  });
}

function strayMe(p: Parser): never {
  return p.fail({
    code: "parse/method-outside-type",
    message: "found `me` outside of a type, expected a statement",
    help: "Declare methods in a `class`, `struct` or `impl`; a function begins with `fn`.",
  });
}

function strayStatic(p: Parser): never {
  return p.fail({
    code: "parse/method-outside-type",
    message: "found `static fn` outside of a type, expected a statement",
    help: "Declare methods in a `class`, `struct` or `impl`; a function begins with `fn`.",
  });
}

function straySemicolon(p: Parser): null {
  p.report({
    code: "parse/stray-semicolon",
    message: "found `;` without a statement before it, expected a statement",
    help: "Remove it: `;` only separates statements on one line.",
  });
  while (p.is(";")) p.advance();
  return null;
}
