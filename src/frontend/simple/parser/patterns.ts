// Patterns of `match`, `if val`, `for` and bindings.
import type { LiteralPattern, Name, Pattern, PatternArg } from "../ast.ts";
import type { Parser } from "./cursor.ts";
import { parseLiteral } from "./literals.ts";
import { parseBracketed, parseMemberName, parseName, takeName } from "./names.ts";

/** A pattern; `1 | 2` are alternatives. */
export function parsePattern(p: Parser): Pattern {
  const start = p.token.start;
  const first = parseSinglePattern(p);
  if (!p.is("|")) return first;
  const options = [first];
  while (p.accept("|")) options.push(parseSinglePattern(p));
  return { kind: "alternatives", options, span: p.spanFrom(start) };
}

/** The pattern of a match arm, where a comma separates alternatives as well. */
export function parseArmPattern(p: Parser): Pattern {
  const start = p.token.start;
  const first = parsePattern(p);
  if (!p.is(",")) return first;
  const options = [first];
  while (p.accept(",")) options.push(parsePattern(p));
  const flat = options.flatMap((option) =>
    option.kind === "alternatives" ? option.options : [option],
  );
  return { kind: "alternatives", options: flat, span: p.spanFrom(start) };
}

/** What `val`, `for` and comprehensions bind: a name, `_`, or a tuple or array of these. */
export function parseBindingPattern(p: Parser): Pattern {
  const height = p.enter();
  const pattern = parseBinding(p);
  p.leave(height);
  return pattern;
}

function parseBinding(p: Parser): Pattern {
  const start = p.token.start;
  if (p.is("(")) return parseGroup(p, () => parseBindingPattern(p));
  if (p.is("[")) {
    const elements = parseBracketed(p, "]", () => parseBindingPattern(p));
    return { kind: "array", elements, span: p.spanFrom(start) };
  }
  return namePattern(parseName(p, "a name to bind"));
}

/** `k, v` after `for` is a tuple without parentheses. */
export function parseForPattern(p: Parser): Pattern {
  const start = p.token.start;
  const first = parseBindingPattern(p);
  if (!p.is(",")) return first;
  const elements = [first];
  while (p.accept(",")) elements.push(parseBindingPattern(p));
  return { kind: "tuple", elements, span: p.spanFrom(start) };
}

function namePattern({ text, span }: Name): Pattern {
  return text === "_" ? { kind: "wildcard", span } : { kind: "name", name: text, span };
}

/** `(p)` is `p` itself, everything else between parentheses a tuple. */
function parseGroup(p: Parser, item: () => Pattern): Pattern {
  const start = p.token.start;
  const elements = parseBracketed(p, ")", item);
  const [only] = elements;
  const hasComma = p.tokens[p.at - 2]?.kind === ",";
  if (elements.length === 1 && only !== undefined && !hasComma) return only;
  return { kind: "tuple", elements, span: p.spanFrom(start) };
}

function parseSinglePattern(p: Parser): Pattern {
  const height = p.enter();
  const pattern = parsePrimaryPattern(p);
  p.leave(height);
  return pattern;
}

function parsePrimaryPattern(p: Parser): Pattern {
  const start = p.token.start;
  const literal = parseLiteralValue(p);
  if (literal !== null) return parseAfterLiteral(p, literal, start);
  switch (p.spelling) {
    case "name":
      return parseNamePattern(p);
    case "(":
      return parseGroup(p, () => parsePattern(p));
    case "[": {
      const elements = parseBracketed(p, "]", () => parsePattern(p));
      return { kind: "array", elements, span: p.spanFrom(start) };
    }
    default:
      return p.fail({
        code: "parse/missing-pattern",
        message: `found ${p.found()}, expected a pattern`,
        help: "Write a literal, a name, `_`, or a variant such as `Some(x)`.",
      });
  }
}

/** A literal, or a number under `-`. */
function parseLiteralValue(p: Parser): LiteralPattern["value"] | null {
  const start = p.token.start;
  if (p.is("-")) {
    p.advance();
    const number = p.is("int") || p.is("float") ? parseLiteral(p) : null;
    if (number === null || number.kind === "interpolation") {
      return p.fail({
        code: "parse/missing-pattern",
        message: `found ${p.found()} after \`-\`, expected a number`,
        help: "Only numbers can be negative in a pattern.",
      });
    }
    return { kind: "unary", op: "-", operand: number, span: p.spanFrom(start) };
  }
  const literal = parseLiteral(p);
  if (literal?.kind !== "interpolation") return literal;
  return p.fail({
    code: "parse/interpolated-pattern",
    message: "found a text with holes, expected a pattern",
    span: literal.span,
    help: 'Match a name and compare it in a guard: `s if s == "{x}"`.',
  });
}

function parseAfterLiteral(p: Parser, value: LiteralPattern["value"], start: number): Pattern {
  if (!p.is("..") && !p.is("..=")) {
    return { kind: "literal", value, span: p.spanFrom(start) };
  }
  const inclusive = p.advance().kind === "..=";
  const end = parseLiteralValue(p);
  if (end === null) {
    p.fail({
      code: "parse/missing-pattern",
      message: `found ${p.found()}, expected the end of the range`,
      help: "Write a literal after `..`, as in `0..10`.",
    });
  }
  return { kind: "range", start: value, end, inclusive, span: p.spanFrom(start) };
}

function parseNamePattern(p: Parser): Pattern {
  const start = p.token.start;
  const path = [takeName(p)];
  while (p.accept(".")) path.push(parseMemberName(p, "a variant"));
  const [only] = path;
  if (p.is("(")) {
    const args = parseBracketed(p, ")", () => parsePatternArg(p));
    return { kind: "constructor", path, args, span: p.spanFrom(start) };
  }
  if (path.length === 1 && only !== undefined) return namePattern(only);
  return { kind: "constructor", path, args: null, span: p.spanFrom(start) };
}

function parsePatternArg(p: Parser): PatternArg {
  const start = p.token.start;
  const labelled = p.peek(1).kind === ":";
  const name = labelled ? parseMemberName(p, "a field") : null;
  if (labelled) p.advance();
  const pattern = parsePattern(p);
  return { name, pattern, span: p.spanFrom(start) };
}
