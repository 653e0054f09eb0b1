// The text of `print` and `fail`: pieces are evaluated in order and joined.
import type { Expr, TextPart, Type } from "../../ir/hir/index.ts";
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
} from "../../runtime/index.ts";
import type { Frame } from "./frame.ts";
import { isNumberType, type ExprCompiler } from "./node.ts";

export type TextNode = (frame: Frame) => string;

export function compileText(compiler: ExprCompiler, parts: readonly TextPart[]): TextNode {
  const nodes = parts.map((part) => compilePart(compiler, part));
  const [only] = nodes;
  if (only !== undefined && nodes.length === 1) return only;
  return (frame) => {
    let text = "";
    for (const node of nodes) text += node(frame);
    return text;
  };
}

function compilePart(compiler: ExprCompiler, part: TextPart): TextNode {
  if (part.kind === "literal") {
    const { text } = part;
    return () => text;
  }
  if (part.spec === undefined) return compileDisplay(compiler, part.value);
  const spec = parseFormatSpec(part.spec);
  if (spec === null) throw new Error(`\`${part.spec}\` is not a format spec`);
  return compileFormat(compiler, part.value, spec);
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
