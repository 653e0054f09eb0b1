// Literals, and the holes of interpolated texts.
import type {
  BoolExpr,
  Expr,
  FloatExpr,
  IntExpr,
  InterpolationExpr,
  InterpolationPart,
  NilExpr,
  TextExpr,
} from "../ast.ts";
import type { TextPiece, Token } from "../token.ts";
import { ParseFailure, type Parser } from "./cursor.ts";

export type Literal = IntExpr | FloatExpr | BoolExpr | NilExpr | TextExpr | InterpolationExpr;

/** The literal at the current token, or null if there is none. */
export function parseLiteral(p: Parser): Literal | null {
  switch (p.spelling) {
    case "int":
    case "float":
    case "text":
      return fromToken(p, p.advance());
    case "true":
    case "false":
      return { kind: "bool", value: p.is("true"), span: p.spanOf(p.advance()) };
    case "nil":
      return { kind: "nil", span: p.spanOf(p.advance()) };
    default:
      return null;
  }
}

function fromToken(p: Parser, token: Token): Literal {
  const { literal } = token;
  const span = p.spanOf(token);
  if (literal === null) throw new Error(`a ${token.kind} token carries no literal`);
  switch (literal.kind) {
    case "int":
      return { kind: "int", value: literal.value, suffix: literal.suffix, span };
    case "float":
      return { kind: "float", value: literal.value, suffix: literal.suffix, span };
    case "text": {
      const [only] = literal.pieces;
      if (only === undefined) return { kind: "text", value: "", span };
      if (literal.pieces.length === 1 && only.kind === "literal") {
        return { kind: "text", value: only.text, span };
      }
      const parts = literal.pieces.map((piece) => parsePiece(p, piece));
      return { kind: "interpolation", parts, span };
    }
  }
}

function parsePiece(p: Parser, piece: TextPiece): InterpolationPart {
  const { start, end } = piece;
  const span = { file: p.file, start, end };
  if (piece.kind === "literal") return { kind: "literal", text: piece.text, span };
  return { kind: "hole", value: parseHole(p, start, end), spec: piece.spec, span };
}

/** A hole is read as one expression; an error inside of it does not touch the rest of the statement. */
function parseHole(p: Parser, start: number, end: number): Expr {
  const outer = p.save();
  const height = p.enter();
  try {
    p.open(start, end, outer.level + 1);
    p.bareCalls = false;
    p.setBracketed(true);
    const value = p.grammar.expression(p);
    if (p.is(":")) failSpec(p, end);
    if (!p.is("eof")) {
      p.fail({
        code: "parse/bad-hole",
        message: `found ${p.found()} in the hole of a text, expected its end`,
        help: "Write one expression between the braces, or `{{` for a literal brace.",
      });
    }
    p.restore(outer);
    p.leave(height);
    return value;
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    p.restore(outer);
    p.height = height;
    return { kind: "nil", span: { file: p.file, start, end } };
  }
}

/** A colon behind the expression begins a format spec, so what follows it is meant as one. */
function failSpec(p: Parser, end: number): never {
  const { file } = p;
  const start = p.token.end;
  p.fail({
    code: "parse/bad-format-spec",
    message: `found \`${file.text.slice(start, end).trim()}\` as the format spec of a hole, expected one`,
    span: { file, start, end },
    help: "Write one as in `{x:.2f}` or `{n:>8}`, or `{{` for a literal brace.",
  });
}
