// Type annotations.
import type { Name, TypeExpr } from "../ast.ts";
import type { Parser } from "./cursor.ts";
import { parseBracketed, parseName } from "./names.ts";

/** A type; `A | B` is a union. */
export function parseType(p: Parser): TypeExpr {
  const start = p.token.start;
  const first = parseSingleType(p);
  if (!p.is("|")) return first;
  const options = [first];
  while (p.accept("|")) options.push(parseSingleType(p));
  return { kind: "union", options, span: p.spanFrom(start) };
}

/** A type without `|`, as after `as`, where `|` and `<` may be operators. */
export function parseCastType(p: Parser): TypeExpr {
  return parseSingleType(p, true);
}

function parseSingleType(p: Parser, cast = false): TypeExpr {
  const height = p.enter();
  const start = p.token.start;
  let type = parseBaseType(p, cast);
  while (p.is("?") || (p.is("??") && !cast)) {
    const double = p.is("??");
    p.grow(double ? 2 : 1);
    p.advance();
    type = { kind: "optional", inner: type, span: p.spanFrom(start) };
    if (double) type = { kind: "optional", inner: type, span: p.spanFrom(start) };
  }
  p.leave(height);
  return type;
}

function parseBaseType(p: Parser, cast: boolean): TypeExpr {
  switch (p.spelling) {
    case "[":
      return parseArrayType(p);
    case "{":
      return parseDictType(p);
    case "(":
      return parseTupleType(p);
    case "fn":
      return parseFunctionType(p);
    case "name":
      return parseNamedType(p, cast);
    case "*":
    case "&":
      return p.fail({
        code: "parse/not-core",
        message: `found a pointer type, expected a type without \`${p.kind}\``,
        help: "Pointers are not part of core Simple: class instances are references already.",
      });
    default:
      return p.fail({
        code: "parse/missing-type",
        message: `found ${p.found()}, expected a type`,
        help: "Write a type such as `i64`, `text` or `[f64]`, or leave out the annotation.",
      });
  }
}

function parseArrayType(p: Parser): TypeExpr {
  const start = p.token.start;
  const outer = p.openBracket();
  const element = parseType(p);
  p.closeBracket(outer, "]");
  return { kind: "array", element, span: p.spanFrom(start) };
}

function parseDictType(p: Parser): TypeExpr {
  const start = p.token.start;
  const outer = p.openBracket();
  const key = parseType(p);
  if (!p.accept(":")) p.unclosed("}", "`:`");
  const value = parseType(p);
  p.closeBracket(outer, "}");
  return { kind: "dict", key, value, span: p.spanFrom(start) };
}

function parseTupleType(p: Parser): TypeExpr {
  const start = p.token.start;
  const elements = parseBracketed(p, ")", () => parseType(p));
  const only = elements[0];
  if (elements.length === 1 && only !== undefined) return only;
  return { kind: "tuple", elements, span: p.spanFrom(start) };
}

function parseFunctionType(p: Parser): TypeExpr {
  const start = p.advance().start;
  if (!p.is("(")) {
    p.fail({
      code: "parse/missing-parameters",
      message: `found ${p.found()}, expected \`(\` after \`fn\``,
      help: "Write a function type as `fn(i64) -> i64`.",
    });
  }
  const params = parseBracketed(p, ")", () => parseType(p));
  const result = p.accept("->") ? parseSingleType(p) : null;
  return { kind: "function", params, result, span: p.spanFrom(start) };
}

function parseNamedType(p: Parser, cast: boolean): TypeExpr {
  const start = p.token.start;
  const name = parseName(p, "a type");
  if (name.text === "dyn" && p.is("name")) {
    return { kind: "dyn", trait: parseName(p, "a trait"), span: p.spanFrom(start) };
  }
  if (p.is("[") && p.adjacent() && !cast) {
    p.fail({
      code: "parse/not-core",
      message: `found \`[\` after the type \`${name.text}\`, expected \`<\``,
      help: `Write type arguments between angle brackets: \`${name.text}<T>\`.`,
    });
  }
  const isGeneric = p.is("<") && (!cast || /^\p{Lu}/u.test(name.text));
  const args = isGeneric ? parseAngled(p, () => parseType(p)) : [];
  return { kind: "named", name, args, span: p.spanFrom(start) };
}

/** `<i64, [text]>` behind a name in an expression. */
export function parseTypeArguments(p: Parser): TypeExpr[] {
  return parseAngled(p, () => parseType(p));
}

/** Tokens that stand in types. */
const inTypes: ReadonlySet<string> = new Set([
  "name", "fn", "<", ">", ">>", "[", "]", "{", "}", "(", ")", ",", ":", "?", "??", "->", "|", ".",
]); // prettier-ignore

/**
 * Whether `<` opens type arguments and is no comparison: it touches the name before it, nothing but types follows up to
 * the closing `>`, and what touches that takes them.
 */
export function atTypeArguments(p: Parser): boolean {
  if (!p.is("<") || !p.adjacent()) return false;
  let depth = 0;
  for (let distance = 0; ; distance += 1) {
    const { kind, end } = p.peek(distance);
    if (!inTypes.has(kind)) return false;
    if (kind === "<") depth += 1;
    else if (kind === ">") depth -= 1;
    else if (kind === ">>") depth -= 2;
    if (depth > 0) continue;
    const next = p.peek(distance + 1);
    if (depth < 0 || next.first) return false;
    return next.kind === "{" || (next.start === end && (next.kind === "(" || next.kind === "."));
  }
}

function parseAngled<T>(p: Parser, item: () => T): T[] {
  const items: T[] = [];
  const outer = p.openBracket();
  do items.push(item());
  while (p.accept(","));
  p.closeAngle(outer);
  return items;
}

/** `<T, U: Bound>` after a declared name; bounds are dropped. */
export function parseGenerics(p: Parser): Name[] {
  if (!p.is("<")) return [];
  return parseAngled(p, () => {
    const name = parseName(p, "a type parameter");
    if (p.accept(":")) parseBounds(p);
    return name;
  });
}

function parseBounds(p: Parser): void {
  do parseSingleType(p);
  while (p.accept("+"));
}

/** `where T: Bound, U: Bound`, which is dropped. */
export function skipWhere(p: Parser): void {
  if (!p.is("name") || p.token.text !== "where") return;
  p.advance();
  do {
    parseName(p, "a type parameter");
    if (!p.accept(":")) {
      p.fail({
        code: "parse/missing-colon",
        message: `found ${p.found()}, expected \`:\` and a bound`,
        help: "Write a bound as `where T: Trait`.",
      });
    }
    parseBounds(p);
  } while (p.accept(","));
}
