// Loops: counting back-edges, polling, and handing over to a loop runner.
import type { Stmt } from "../../ir/hir/index.ts";
import { ProgramError } from "../../runtime/index.ts";
import {
  broke,
  never,
  normal,
  returned,
  type Completion,
  type InterpContext,
  type LoopCell,
  type PollSite,
} from "./context.ts";
import type { Frame } from "./frame.ts";
import type { BoolNode, ExprCompiler, StmtNode } from "./node.ts";
import { located, type Site } from "./site.ts";

export function compileWhile(
  compiler: ExprCompiler,
  statement: Stmt & { kind: "while" },
  body: StmtNode,
): StmtNode {
  const { context, cell } = compiler;
  const loop = cell.loops[statement.loop];
  if (loop === undefined) throw new Error(`${cell.fn.symbol} has no loop ${statement.loop}`);
  const condition = compiler.bool(statement.condition);
  return whileNode({ context, loop, site: compiler.site(statement.span) }, condition, body);
}

interface LoopSite {
  readonly context: InterpContext;
  readonly loop: LoopCell;
  readonly site: Site;
}

function whileNode(where: LoopSite, condition: BoolNode, body: StmtNode): StmtNode {
  const { context, loop, site } = where;
  return (frame) => {
    if (loop.runner !== null) return loop.runner(frame);
    while (condition(frame)) {
      const completion = body(frame);
      if (completion !== normal) {
        if (completion === broke) return normal;
        if (completion === returned) return returned;
      }
      if ((context.budget -= 1) < 0) poll(context, loop, site);
      if ((loop.backEdges += 1) >= loop.hotAt) {
        const handedOver = handOver(where, frame);
        if (handedOver !== undefined) return handedOver;
      }
    }
    return normal;
  };
}

/** Runs the rest of the loop elsewhere if the engine gives a runner. */
function handOver({ context, loop }: LoopSite, frame: Frame): Completion | undefined {
  loop.hotAt = never;
  const runner = context.hooks.onHotLoop(loop, frame);
  return runner === null ? undefined : runner(frame);
}

/** Lets the engine look in, and starts the next interval. An error gets the site as its innermost frame. */
export function poll(context: InterpContext, where: PollSite, site: Site): void {
  context.budget = context.pollInterval;
  try {
    context.hooks.poll(where);
  } catch (error) {
    throw error instanceof ProgramError ? located(error, site) : error;
  }
}
