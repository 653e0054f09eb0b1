// Declarations: functions, types, traits, implementations.
import type {
  EnumDecl,
  ExternDecl,
  Field,
  FunctionDecl,
  ImplDecl,
  Name,
  Receiver,
  StructDecl,
  TraitDecl,
  TypeAliasDecl,
  TypeExpr,
  Variant,
  VariantField,
} from "../ast.ts";
import { parseLines } from "./blocks.ts";
import type { Parser } from "./cursor.ts";
import { expectColon, parseBracketed, parseMemberName, parseName } from "./names.ts";
import { type ParamList, parseParams } from "./params.ts";
import { refuseFunctionName } from "./refused.ts";
import { parseGenerics, parseType, skipWhere } from "./types.ts";

interface Signature extends Omit<ParamList, "self"> {
  readonly self: number;
  readonly name: Name;
  readonly generics: readonly Name[];
  readonly result: TypeExpr | null;
}

/** From the name of a function to the end of its head. */
function parseSignature(p: Parser): Signature {
  const name = parseName(p, "the name of the function");
  refuseFunctionName(p, name.text, name.span);
  const generics = parseGenerics(p);
  const { params, self } = parseParams(p);
  const result = p.accept("->") ? parseType(p) : null;
  if (result === null) rejectBareResult(p);
  skipWhere(p);
  return { name, generics, params, self, result };
}

/** `fn f() i64:` */
function rejectBareResult(p: Parser): void {
  if (!p.is("name") || p.token.text === "where") return;
  p.fail({
    code: "parse/missing-arrow",
    message: `found ${p.found()} after the parameters, expected \`->\` or \`:\``,
    help: `Write the type of the result as \`-> ${p.token.text}\`.`,
  });
}

/** Stands at `fn`, or at `me` or `static` before a method. A trait may leave out the body. */
export function parseFunction(p: Parser, receiver: Receiver, bodyOptional = false): FunctionDecl {
  const start = p.token.start;
  const inType = receiver !== "plain";
  if (receiver === "static") p.advance();
  if (p.is("me")) p.advance();
  if (p.is("fn")) p.advance();
  const { name, generics, params, self, result } = parseSignature(p);
  if (self >= 0 && !inType) selfOutsideType(p, self);
  const head = p.spanFrom(start);
  const owner = `\`${name.text}\``;
  let body = null;
  if (!bodyOptional || p.is(":")) {
    expectColon(p, `the head of ${owner}`);
    body = p.grammar.body(p, { owner, several: true });
  }
  const span = p.spanFrom(start);
  return { kind: "function", name, generics, params, result, receiver, body, head, span };
}

function selfOutsideType(p: Parser, start: number): void {
  p.report({
    code: "parse/method-outside-type",
    message: "found the parameter `self` outside of a type, expected a parameter name",
    span: { file: p.file, start, end: start + 4 },
    help: "Declare methods in a `class`, `struct` or `impl`, or choose another name.",
  });
}

/** `extern fn name(p: T) -> R` */
export function parseExtern(p: Parser): ExternDecl {
  const start = p.advance().start;
  if (!p.accept("fn")) {
    p.fail({
      code: "parse/missing-declaration",
      message: `found ${p.found()} after \`extern\`, expected \`fn\``,
      help: "Write `extern fn name(p: T) -> R`.",
    });
  }
  const { name, params, result } = parseSignature(p);
  if (p.is(":")) {
    p.fail({
      code: "parse/extern-body",
      message: "found `:` after an external function, expected the end of the line",
      help: "Remove the body: the host provides it.",
    });
  }
  return { kind: "extern", name, params, result, span: p.spanFrom(start) };
}

/** `type Name<T> = U` */
export function parseTypeAlias(p: Parser): TypeAliasDecl {
  const start = p.advance().start;
  const name = parseName(p, "the name of the type");
  const generics = parseGenerics(p);
  if (!p.accept("=")) {
    p.fail({
      code: "parse/missing-value",
      message: `found ${p.found()}, expected \`=\` and a type`,
      help: "Write `type Name = T`.",
    });
  }
  const type = parseType(p);
  return { kind: "type_alias", name, generics, type, span: p.spanFrom(start) };
}

/** Skips `@name` or `@name(args)`; what it decorates follows as a statement of its own. */
export function skipDecorator(p: Parser): null {
  p.advance();
  parseMemberName(p, "the name of a decorator");
  while (p.accept(".")) parseMemberName(p, "the name of a decorator");
  if (p.is("(")) {
    parseBracketed(p, ")", () => {
      if (p.peek(1).kind === ":" || p.peek(1).kind === "=") {
        parseMemberName(p, "an argument");
        p.advance();
      }
      p.grammar.expression(p);
    });
  }
  return null;
}

// ------------------------------------------------------------------------------------------- members

/** The members of a type, one a line, or on the line of the head. */
function parseMembers(p: Parser, owner: string, member: () => void): void {
  expectColon(p, `the head of ${owner}`);
  const item = () => {
    if (!skipIdle(p)) member();
  };
  if (!p.is("newline") && !p.is("eof")) item();
  else if (p.atDeeperLine()) parseLines(p, p.token.indent, item);
  else {
    p.report({
      code: "parse/missing-block",
      message: `found ${p.is("eof") ? p.found() : "no deeper line"}, expected the body of ${owner}`,
      help: "Indent the body deeper than its head, or write `pass`.",
    });
  }
}

/** Takes what has no effect between members: texts, `pass`, decorators, `pub`. True if the line ends with it. */
function skipIdle(p: Parser): boolean {
  for (;;) {
    const isField = p.peek(1).kind === ":";
    if (p.is("@")) skipDecorator(p);
    else if ((p.is("pub") || p.is("text") || p.is("pass")) && !isField) p.advance();
    else return p.atLineEnd() || p.is(";");
  }
}

/** The method at the current token, or null if there is none. */
function parseMethod(p: Parser, bodyOptional = false): FunctionDecl | null {
  const next = p.peek(1).kind;
  if (next === ":") return null;
  if (p.is("fn")) return parseFunction(p, "self", bodyOptional);
  if (p.is("me")) return parseFunction(p, "me", bodyOptional);
  if (p.is("name") && p.token.text === "static" && next === "fn") {
    return parseFunction(p, "static", bodyOptional);
  }
  return null;
}

function parseOnlyMethods(p: Parser, owner: string, bodyOptional = false): FunctionDecl[] {
  const methods: FunctionDecl[] = [];
  parseMembers(p, owner, () => {
    const method = parseMethod(p, bodyOptional);
    if (method !== null) methods.push(method);
    else badMember(p, owner, "a method");
  });
  return methods;
}

function badMember(p: Parser, owner: string, expected: string): never {
  p.fail({
    code: "parse/bad-member",
    message: `found ${p.found()} in the body of ${owner}, expected ${expected}`,
    help: "Move statements into a method or out of the type.",
  });
}

export function parseStruct(p: Parser): StructDecl {
  const { kind: word, start } = p.advance();
  const kind = word === "class" ? "class" : "struct";
  const name = parseName(p, `the name of the ${kind}`);
  const generics = parseGenerics(p);
  if (p.is("(")) rejectInheritance(p, kind);
  skipWhere(p);
  const fields: Field[] = [];
  const methods: FunctionDecl[] = [];
  parseMembers(p, `\`${name.text}\``, () => {
    const method = parseMethod(p);
    if (method === null) fields.push(parseField(p, name.text));
    else methods.push(method);
  });
  return { kind, name, generics, fields, methods, span: p.spanFrom(start) };
}

function rejectInheritance(p: Parser, kind: string): void {
  p.report({
    code: "parse/not-core",
    message: `found \`(\` after the name of the ${kind}, expected \`:\``,
    help: "There is no inheritance: use a field or a trait.",
  });
  parseBracketed(p, ")", () => parseType(p));
}

/** `name: T = default`, with an optional `val` or `var` that means nothing. */
function parseField(p: Parser, owner: string): Field {
  const start = p.token.start;
  if ((p.is("val") || p.is("var")) && p.peek(1).kind !== ":") p.advance();
  const next = p.peek(1).kind;
  if (next !== ":" && next !== "=") badMember(p, `\`${owner}\``, "a field `name: T` or a method");
  const name = parseMemberName(p, "a field");
  const type = p.accept(":") ? parseType(p) : null;
  const fallback = p.accept("=") ? p.grammar.expression(p) : null;
  return { name, type, default: fallback, span: p.spanFrom(start) };
}

export function parseEnum(p: Parser): EnumDecl {
  const start = p.advance().start;
  const name = parseName(p, "the name of the enum");
  const generics = parseGenerics(p);
  const variants: Variant[] = [];
  const methods: FunctionDecl[] = [];
  parseMembers(p, `\`${name.text}\``, () => {
    const method = parseMethod(p);
    if (method !== null) methods.push(method);
    else
      do variants.push(parseVariant(p));
      while (p.accept(",") && !p.atLineEnd());
  });
  return { kind: "enum", name, generics, variants, methods, span: p.spanFrom(start) };
}

function parseVariant(p: Parser): Variant {
  const start = p.token.start;
  const name = parseName(p, "a variant");
  const payload = p.is("(") ? parseBracketed(p, ")", () => parseVariantField(p)) : [];
  return { name, payload, span: p.spanFrom(start) };
}

function parseVariantField(p: Parser): VariantField {
  const start = p.token.start;
  const labelled = p.peek(1).kind === ":";
  const name = labelled ? parseMemberName(p, "a field") : null;
  if (labelled) p.advance();
  const type = parseType(p);
  return { name, type, span: p.spanFrom(start) };
}

export function parseTrait(p: Parser): TraitDecl {
  const start = p.advance().start;
  const name = parseName(p, "the name of the trait");
  const generics = parseGenerics(p);
  skipWhere(p);
  const methods = parseOnlyMethods(p, `\`${name.text}\``, true);
  return { kind: "trait", name, generics, methods, span: p.spanFrom(start) };
}

/** `impl<T> Type:`, `impl Trait for Type:` */
export function parseImpl(p: Parser): ImplDecl {
  const start = p.advance().start;
  const generics = parseGenerics(p);
  const first = parseType(p);
  const type = p.accept("for") ? parseType(p) : null;
  skipWhere(p);
  const methods = parseOnlyMethods(p, "`impl`");
  const trait = type === null ? null : first;
  return { kind: "impl", generics, trait, type: type ?? first, methods, span: p.spanFrom(start) };
}
