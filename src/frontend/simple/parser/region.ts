// Regions: lines that an editor takes from the middle of a file, which may all be indented, the first one from its first word on.
import type { SourceFile } from "../../../base/index.ts";
import type { Token } from "../token.ts";

/**
 * The indentation of the lines of a region that stand for the top level: the smallest of all but the first line's, as that one may be
 * misplaced, and the first line's if it is the smallest. Where the file says at which column the region begins, and the other lines are
 * not less indented than that, the first line gets the indentation that it has there.
 */
export function layRegion(file: SourceFile, tokens: Token[]): number {
  const lines = lineStarts(tokens);
  const [first, second] = lines;
  const begin = tokens[first ?? 0];
  if (first === undefined || begin === undefined) return 0;
  if (second === undefined) return begin.indent;
  const least = lines.slice(1).reduce((so, at) => Math.min(so, tokens[at]?.indent ?? 0), Infinity);
  const next = tokens[second]?.indent ?? 0;
  const there = file.position(0).column - 1 + begin.indent;
  // A client may have sent the column of lines that it has moved to the left.
  const isMoved = tokens[second - 1]?.kind === ":" && next <= there;
  if (there === begin.indent || least < there || isMoved) return Math.min(begin.indent, least);
  tokens[first] = { ...begin, indent: there };
  return there;
}

/** Indices of the tokens that begin lines outside of brackets. */
function lineStarts(tokens: readonly Token[]): number[] {
  const starts: number[] = [];
  let depth = 0;
  for (const [at, { kind, first }] of tokens.entries()) {
    if (first && depth === 0 && kind !== "eof") starts.push(at);
    if (kind === "(" || kind === "[" || kind === "{") depth += 1;
    else if (kind === ")" || kind === "]" || kind === "}") depth = Math.max(0, depth - 1);
  }
  return starts;
}
