// The tree as one-line s-expressions, for tests: `(binding a (+ 1 x))`. Spans are left out.
import type { Module } from "./ast.ts";

/** One line for each top-level statement. */
export function dumpModule(module: Module): string {
  return module.body.map((statement) => dumpAst(statement)).join("\n");
}

/** Any node, or a list of nodes. `-` is an absent part; operators stand in the place of the kind. */
export function dumpAst(node: unknown): string {
  if (node === null || node === undefined) return "-";
  if (typeof node === "string") return node;
  if (typeof node === "number" || typeof node === "bigint" || typeof node === "boolean") {
    return Object.is(node, -0) ? "-0" : String(node);
  }
  if (Array.isArray(node)) return `[${node.map(dumpAst).join(" ")}]`;
  if (typeof node !== "object") return typeof node;
  return dumpNode(new Map<string, unknown>(Object.entries(node)));
}

function dumpNode(fields: Map<string, unknown>): string {
  const kind = fields.get("kind");
  const short = typeof kind === "string" ? shortForms[kind]?.(fields) : nameOf(fields);
  if (typeof short === "string") return short;
  const skipped = new Set(["kind", "span", "head", "file", "op"]);
  const head = fields.has("op") ? fields.get("op") : kind;
  const parts = typeof head === "string" ? [head] : [];
  for (const [key, value] of fields) {
    if (skipped.has(key)) continue;
    // Flags show their name when they are set and nothing otherwise.
    if (typeof value !== "boolean") parts.push(dumpAst(value));
    else if (value) parts.push(key);
  }
  return `(${parts.join(" ")})`;
}

function nameOf(fields: Map<string, unknown>): unknown {
  if (fields.has("text") && fields.size === 2) return fields.get("text");
  if (!fields.has("spread")) return undefined;
  const name = fields.get("name");
  const label = name === null || name === undefined ? "" : `${dumpAst(name)}:`;
  return `${fields.get("spread") === true ? "*" : ""}${label}${dumpAst(fields.get("value"))}`;
}

type ShortForm = (fields: Map<string, unknown>) => string | undefined;

function suffixed(fields: Map<string, unknown>): string {
  return (
    dumpAst(fields.get("value")) +
    (fields.get("suffix") === null ? "" : dumpAst(fields.get("suffix")))
  );
}

const shortForms: Readonly<Record<string, ShortForm>> = {
  int: suffixed,
  float: (fields) => {
    const text = suffixed(fields);
    return /^-?\d+(f|$)/.test(text) ? text.replace(/^-?\d+/, "$&.0") : text;
  },
  text: (fields) => JSON.stringify(fields.get("value")),
  bool: (fields) => dumpAst(fields.get("value")),
  nil: () => "nil",
  self: () => "self",
  name: (fields) => dumpAst(fields.get("name")),
  wildcard: () => "_",
  placeholder: (fields) =>
    fields.get("index") === null ? "$" : `$${dumpAst(fields.get("index"))}`,
  literal: (fields) =>
    fields.has("text") ? JSON.stringify(fields.get("text")) : dumpAst(fields.get("value")),
  block: (fields) => `{${dumpList(fields.get("body"))}}`,
  expr: (fields) => dumpAst(fields.get("value")),
  named: (fields) => {
    const args = dumpList(fields.get("args"));
    return dumpAst(fields.get("name")) + (args === "" ? "" : `<${args}>`);
  },
  range: (fields) =>
    `(${fields.get("inclusive") === true ? "..=" : ".."} ${dumpAst(fields.get("start"))} ${dumpAst(fields.get("end"))})`,
  call: (fields) => {
    const style = fields.get("style");
    const head = style === "parens" ? "call" : dumpAst(style);
    return `(${[head, dumpAst(fields.get("callee")), dumpList(fields.get("args"))].filter((text) => text !== "").join(" ")})`;
  },
  member: (fields) =>
    `(${fields.get("optional") === true ? "?." : "."} ${dumpAst(fields.get("object"))} ${dumpAst(fields.get("name"))})`,
};

function dumpList(nodes: unknown): string {
  return Array.isArray(nodes) ? nodes.map(dumpAst).join(" ") : "";
}
