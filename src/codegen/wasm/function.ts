// One MIR function to a wasm function body.
import { computeCfg } from "../../analysis/index.ts";
import { ByteWriter, typeBytes } from "../../object/index.ts";
import { noLocation, type LocationId, type MirFunction } from "../../ir/mir/index.ts";
import { Code, type Mark } from "./code.ts";
import { ControlEmitter } from "./control.ts";
import { ExpressionEmitter } from "./expression.ts";
import { computeLayout, type Layout } from "./layout.ts";
import { assignLocals, type Locals } from "./locals.ts";
import { MoveEmitter } from "./moves.ts";
import { makeReducible } from "./reducible.ts";
import type { ModuleScope } from "./scope.ts";
import { eraseReferences } from "./references.ts";
import { wasmType } from "./selection.ts";
import { computeTrees } from "./trees.ts";

export interface EmittedBody {
  /** Local declarations and instructions, without the size in front. */
  readonly bytes: ByteWriter;
  /** Offsets from the start of `bytes`. */
  readonly marks: readonly Mark[];
}

/** Emits a verified function. */
export function emitFunction(typed: MirFunction, scope: ModuleScope): EmittedBody {
  const fn = eraseReferences(typed);
  const layout = computeLayout(computeCfg(fn));
  return layout === null
    ? emitLayout(layoutOf(makeReducible(fn)), scope)
    : emitLayout(layout, scope);
}

function layoutOf(fn: MirFunction): Layout {
  const layout = computeLayout(computeCfg(fn));
  if (layout === null) throw new Error(`${fn.symbol}: the control flow is irreducible`);
  return layout;
}

function emitLayout(layout: Layout, scope: ModuleScope): EmittedBody {
  const { cfg } = layout;
  const { fn } = cfg;
  const trees = computeTrees(cfg);
  const locals = assignLocals(layout, trees);
  const { local } = locals;
  const code = new Code();
  const expressions = new ExpressionEmitter(fn, code, trees, { scope, local });
  const localCount = countLocals(fn, locals);
  const moves = new MoveEmitter(cfg, code, expressions, { trees, local, localCount });
  // The check for stack overflow at the function's start is reported at its first offset.
  code.mark(firstLocation(fn), -1);
  new ControlEmitter(code, expressions, moves, { layout, trees, scope, local }).run();
  return withDeclarations(code, locals);
}

function countLocals(fn: MirFunction, locals: Locals): number {
  let count = fn.signature.params.length;
  for (const [declared] of locals.declared) count += declared;
  return count;
}

function firstLocation(fn: MirFunction): LocationId {
  for (const block of fn.blocks) {
    for (const inst of block.insts) if (inst.location !== noLocation) return inst.location;
  }
  return noLocation;
}

function withDeclarations(code: Code, locals: Locals): EmittedBody {
  const bytes = new ByteWriter(code.bytes.length + 16);
  bytes.uleb(locals.declared.length);
  for (const [count, type] of locals.declared) {
    bytes.uleb(count);
    bytes.u8(typeBytes[wasmType(type)]);
  }
  const start = bytes.length;
  bytes.append(code.bytes);
  // The first mark covers the declarations too.
  const marks = code.marks.map((mark, i) =>
    i === 0 ? mark : { ...mark, offset: mark.offset + start },
  );
  return { bytes, marks };
}
