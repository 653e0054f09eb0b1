// The text of `print` and `fail`: pieces are evaluated in order and joined.
import type { Span } from "../../base/index.ts";
import { isScalarType, type Expr, type TextPart, type Type } from "../../ir/hir/index.ts";
import {
  displayBool,
  displayF32,
  displayF64,
  displayInt,
  formatBool,
  formatF32,
  formatFloat,
  formatInt,
  parseFormatSpec,
  type FormatSpec,
  type IntValue,
  type ObjectDisplay,
} from "../../runtime/index.ts";
import { heapOf } from "./context.ts";
import type { Frame, Value } from "./frame.ts";
import { isNumberType, type ExprCompiler, type NumberNode } from "./node.ts";
import { compileOperands } from "./roots.ts";
import { unwound, type Site } from "./site.ts";

export type TextNode = (frame: Frame) => string;

/** `span` is where a value that its format spec does not fit is reported. */
export function compileText(
  compiler: ExprCompiler,
  parts: readonly TextPart[],
  span: Span,
): TextNode {
  const holdsObjects = parts.some(
    (part) => part.kind === "value" && !isScalarType(part.value.type),
  );
  if (holdsObjects) return compileObjectText(compiler, parts, compiler.site(span));
  const nodes = parts.map((part) => compilePart(compiler, part));
  const [only] = nodes;
  if (only !== undefined && nodes.length === 1) return only;
  return (frame) => {
    let text = "";
    for (const node of nodes) text += node(frame);
    return text;
  };
}

/** A new text object of the parts. */
export function compileFormatText(
  compiler: ExprCompiler,
  { parts, span }: Expr & { kind: "format" },
): NumberNode {
  const { objects } = heapOf(compiler.context);
  const text = compileText(compiler, parts, span);
  const site = compiler.site(span);
  return (frame) => {
    const made = text(frame);
    try {
      return objects.newText(made);
    } catch (error) {
      throw unwound(error, site);
    }
  };
}

/** Shows a value, which is of the type that the function was made for. */
type Show = (value: Value) => string;

/** All values are evaluated before any is shown: evaluating one may change an object among the others. */
function compileObjectText(
  compiler: ExprCompiler,
  parts: readonly TextPart[],
  site: Site,
): TextNode {
  const values = parts.flatMap((part) => (part.kind === "value" ? [part.value] : []));
  const nodes = compileOperands(compiler, values, false);
  let count = 0;
  const pieces = parts.map((part) => {
    if (part.kind === "literal") return { value: -1, show: () => part.text };
    count += 1;
    return { value: count - 1, show: showPart(compiler, part.value, part.spec) };
  });
  return (frame) => {
    const found = nodes.map((node) => node(frame));
    try {
      let text = "";
      for (const { value, show } of pieces) text += show(found[value] ?? 0);
      return text;
    } catch (error) {
      throw unwound(error, site);
    }
  };
}

function showPart(compiler: ExprCompiler, { type }: Expr, specText: string | undefined): Show {
  if (type === "ref" || type === "any") {
    const display = heapOf(compiler.context).display();
    return showObject(display, type, specText);
  }
  if (specText === undefined) return showScalar[formatKind(type)];
  const spec = specOf(specText);
  const format = formatScalar[formatKind(type)];
  return (value) => format(value, spec);
}

function showObject(
  display: ObjectDisplay,
  type: "ref" | "any",
  specText: string | undefined,
): Show {
  if (specText === undefined) {
    if (type === "ref") return (value) => display.ref(Number(value));
    return (value) => display.any(intIn(value));
  }
  const spec = specOf(specText);
  if (type === "ref") return (value) => display.formatRef(Number(value), spec);
  return (value) => display.formatAny(intIn(value), spec);
}

type ScalarKind = "bool" | "f64" | "f32" | "int";

function formatKind(type: Type): ScalarKind {
  return type === "bool" || type === "f64" || type === "f32" ? type : "int";
}

const showScalar: Readonly<Record<ScalarKind, Show>> = {
  bool: (value) => displayBool(value === true),
  f64: (value) => displayF64(Number(value)),
  f32: (value) => displayF32(Number(value)),
  int: (value) => displayInt(intIn(value)),
};

const formatScalar: Readonly<Record<ScalarKind, (value: Value, spec: FormatSpec) => string>> = {
  bool: (value, spec) => formatBool(value === true, spec),
  f64: (value, spec) => formatFloat(Number(value), spec),
  f32: (value, spec) => formatF32(Number(value), spec),
  int: (value, spec) => formatInt(intIn(value), spec),
};

function intIn(value: Value): IntValue {
  return typeof value === "boolean" ? Number(value) : value;
}

function specOf(text: string): FormatSpec {
  const spec = parseFormatSpec(text);
  if (spec === null) throw new Error(`\`${text}\` is not a format spec`);
  return spec;
}

function compilePart(compiler: ExprCompiler, part: TextPart): TextNode {
  if (part.kind === "literal") {
    const { text } = part;
    return () => text;
  }
  if (part.spec === undefined) return compileDisplay(compiler, part.value);
  return compileFormat(compiler, part.value, specOf(part.spec));
}

function isFloat(type: Type): boolean {
  return type === "f32" || type === "f64";
}

function compileDisplay(compiler: ExprCompiler, value: Expr): TextNode {
  if (value.type === "bool") {
    const node = compiler.bool(value);
    return (frame) => displayBool(node(frame));
  }
  if (!isNumberType(value.type)) {
    const node = compiler.int(value);
    return (frame) => displayInt(node(frame));
  }
  const node = compiler.number(value);
  if (value.type === "f64") return (frame) => displayF64(node(frame));
  if (value.type === "f32") return (frame) => displayF32(node(frame));
  return (frame) => displayInt(node(frame));
}

function compileFormat(compiler: ExprCompiler, value: Expr, spec: FormatSpec): TextNode {
  if (value.type === "bool") {
    const node = compiler.bool(value);
    return (frame) => formatBool(node(frame), spec);
  }
  if (isFloat(value.type)) {
    const node = compiler.number(value);
    const format = value.type === "f32" ? formatF32 : formatFloat;
    return (frame) => format(node(frame), spec);
  }
  const node = isNumberType(value.type) ? compiler.number(value) : compiler.int(value);
  return (frame) => formatInt(node(frame), spec);
}
