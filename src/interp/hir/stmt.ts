// Statements to closures that say how they ended.
import type { Stmt } from "../../ir/hir/index.ts";
import { ProgramError } from "../../runtime/index.ts";
import { broke, continued, normal, returned } from "./context.ts";
import {
  resultSlot,
  slotOf,
  type AnySlot,
  type BoolSlot,
  type IntSlot,
  type NumberSlot,
} from "./frame.ts";
import { compileSetElement } from "./element-nodes.ts";
import { compileSetGlobal } from "./global-nodes.ts";
import { compileWhile } from "./loop.ts";
import { compileMemoryCopy, compileMemoryFill, compileStore } from "./memory-nodes.ts";
import { isNumberType, type ExprCompiler, type StmtNode } from "./node.ts";
import { located } from "./site.ts";
import { compileText } from "./text-nodes.ts";

/** A sequence of statements as one node. */
export function compileBlock(compiler: ExprCompiler, body: readonly Stmt[]): StmtNode {
  const nodes = body.map((statement) => compileStatement(compiler, statement));
  const [first, second, third] = nodes;
  if (first === undefined) return () => normal;
  if (second === undefined) return first;
  if (third === undefined) {
    return (frame) => {
      const completion = first(frame);
      return completion === normal ? second(frame) : completion;
    };
  }
  if (nodes.length === 3) {
    return (frame) => {
      let completion = first(frame);
      if (completion !== normal) return completion;
      completion = second(frame);
      return completion === normal ? third(frame) : completion;
    };
  }
  return (frame) => {
    for (let index = 0; index < nodes.length; index += 1) {
      const completion = nodes[index]?.(frame) ?? normal;
      if (completion !== normal) return completion;
    }
    return normal;
  };
}

export function compileStatement(compiler: ExprCompiler, statement: Stmt): StmtNode {
  compiler.temporaries.reset();
  switch (statement.kind) {
    case "set":
      return compileSet(compiler, statement);
    case "set_global":
      return compileSetGlobal(compiler, statement);
    case "expr": {
      const value = compiler.value(statement.value);
      return (frame) => {
        value(frame);
        return normal;
      };
    }
    case "if":
      return compileIf(compiler, statement);
    case "while":
      return compileWhile(compiler, statement, compileBlock(compiler, statement.body));
    case "break":
      return () => broke;
    case "continue":
      return () => continued;
    case "return":
      return compileReturn(compiler, statement);
    case "print":
      return compilePrint(compiler, statement);
    case "fail":
      return compileFail(compiler, statement);
    case "store":
      return compileStore(compiler, statement);
    case "memory_copy":
      return compileMemoryCopy(compiler, statement);
    case "memory_fill":
      return compileMemoryFill(compiler, statement);
    case "set_element":
      return compileSetElement(compiler, statement);
  }
}

function compileSet(compiler: ExprCompiler, { local, value }: Stmt & { kind: "set" }): StmtNode {
  if (value.type === "bool") {
    const slot = slotOf<BoolSlot>(local);
    const node = compiler.bool(value);
    return (frame) => {
      frame[slot] = node(frame);
      return normal;
    };
  }
  if (isNumberType(value.type)) {
    const slot = slotOf<NumberSlot>(local);
    const node = compiler.number(value);
    return (frame) => {
      frame[slot] = node(frame);
      return normal;
    };
  }
  const slot = slotOf<IntSlot>(local);
  const node = compiler.int(value);
  return (frame) => {
    frame[slot] = node(frame);
    return normal;
  };
}

function compileIf(compiler: ExprCompiler, statement: Stmt & { kind: "if" }): StmtNode {
  const condition = compiler.bool(statement.condition);
  const then = compileBlock(compiler, statement.then);
  if (statement.else.length === 0) {
    return (frame) => (condition(frame) ? then(frame) : normal);
  }
  const otherwise = compileBlock(compiler, statement.else);
  return (frame) => (condition(frame) ? then(frame) : otherwise(frame));
}

function compileReturn(compiler: ExprCompiler, { value }: Stmt & { kind: "return" }): StmtNode {
  if (value === null) return () => returned;
  const node = compiler.value(value);
  const slot: AnySlot = resultSlot;
  return (frame) => {
    frame[slot] = node(frame);
    return returned;
  };
}

function compilePrint(
  compiler: ExprCompiler,
  { parts, newline, stream, span }: Stmt & { kind: "print" },
): StmtNode {
  const text = compileText(compiler, parts, span);
  const { hooks } = compiler.context;
  const end = newline ? "\n" : "";
  return (frame) => {
    hooks.write(text(frame) + end, stream);
    return normal;
  };
}

function compileFail(compiler: ExprCompiler, { parts, span }: Stmt & { kind: "fail" }): StmtNode {
  const text = compileText(compiler, parts, span);
  const site = compiler.site(span);
  return (frame) => {
    throw located(new ProgramError("fail", text(frame)), site);
  };
}
