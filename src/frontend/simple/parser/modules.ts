// `use`, `import`, `from … import`, `export`.
import type { ExportStmt, Name, UseStmt } from "../ast.ts";
import type { Parser } from "./cursor.ts";
import { atWord, parseBracketed, parseMemberName } from "./names.ts";

interface Target {
  readonly path: readonly Name[];
  readonly items: UseStmt["items"];
}

/** `use a.b.c`, `use a.b.{x, y}`, `use a.b (x, y)`, `use a.b.*`, `import a.b` */
export function parseUse(p: Parser): UseStmt {
  const start = p.advance().start;
  const target = parseTarget(p);
  return { kind: "use", ...target, span: p.spanFrom(start) };
}

function parseTarget(p: Parser): Target {
  const path = [parseMemberName(p, "a module")];
  while (p.accept(".")) {
    if (p.is("{")) return { path, items: parseItems(p) };
    if (p.accept("*")) return { path, items: "all" };
    path.push(parseMemberName(p, "a module, `{` or `*`"));
  }
  if (p.is("(") || p.is("{")) return { path, items: parseItems(p) };
  return { path, items: null };
}

function parseItems(p: Parser): readonly Name[] {
  return parseBracketed(p, p.is("(") ? ")" : "}", () => parseMemberName(p, "an imported name"));
}

/** `from a.b import {x, y}`, `from a.b import x, y`, `from a.b import *` */
export function parseFrom(p: Parser): UseStmt {
  const start = p.advance().start;
  const path = [parseMemberName(p, "a module")];
  while (p.accept(".")) path.push(parseMemberName(p, "a module"));
  if (!p.accept("import")) {
    p.fail({
      code: "parse/missing-import",
      message: `found ${p.found()}, expected \`import\` after the module`,
      help: "Write `from a.b import {x, y}`.",
    });
  }
  const items = parseImported(p);
  return { kind: "use", path, items, span: p.spanFrom(start) };
}

function parseImported(p: Parser): UseStmt["items"] {
  if (p.is("{") || p.is("(")) return parseItems(p);
  if (p.accept("*")) return "all";
  return parseNames(p, "an imported name");
}

function parseNames(p: Parser, what: string): Name[] {
  const names = [parseMemberName(p, what)];
  while (p.is(",")) {
    p.advance();
    if (p.is("newline") && p.atDeeperLine()) p.joinLine();
    names.push(parseMemberName(p, what));
  }
  return names;
}

/** `export a, b` */
export function parseExport(p: Parser): ExportStmt {
  const start = p.advance().start;
  const names = atWord(p) ? parseNames(p, "an exported name") : parseItems(p);
  return { kind: "export", names, span: p.spanFrom(start) };
}
