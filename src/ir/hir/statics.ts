// What a module has in the program's data area: its texts and the objects of layouts without fields.
import type { Expr, HirModule, LayoutId, Stmt } from "./hir.ts";
import { isScalarType } from "./types.ts";
import { expressionsOf, operandsOf } from "./walk.ts";

/** What a walk over a whole module finds; the same on every thread that has the module. */
export interface HirStatics {
  /** The texts that `text` expressions yield, each with its number in order of appearance. */
  readonly texts: ReadonlyMap<string, number>;
  /** Whether any value is a `ref` or an `any`. */
  readonly references: boolean;
  /** The functions that `host` expressions call. */
  readonly hosts: ReadonlySet<string>;
}

const known = new WeakMap<HirModule, HirStatics>();

/** The statics of a module; found once. */
export function staticsOf(module: HirModule): HirStatics {
  let statics = known.get(module);
  if (statics === undefined) {
    statics = collect(module);
    known.set(module, statics);
  }
  return statics;
}

/** Data symbol of the static text with this number in `HirStatics.texts`. */
export function textSymbol(number: number): string {
  return `.text.${number}`;
}

/** Data symbol of the text object of a `text` expression of the module. */
export function staticTextSymbol(module: HirModule, value: string): string {
  const number = staticsOf(module).texts.get(value);
  if (number === undefined) throw new RangeError(`the module has no text ${JSON.stringify(value)}`);
  return textSymbol(number);
}

/** Data symbol of the one object of a layout without fields. */
export function singletonSymbol(layout: LayoutId): string {
  return `.singleton.${layout}`;
}

function collect(module: HirModule): HirStatics {
  const texts = new Map<string, number>();
  const hosts = new Set<string>();
  let references = module.globals.some(({ type }) => !isScalarType(type));
  const visitExpr = (expr: Expr): void => {
    if (expr.type === "ref" || expr.type === "any") references = true;
    if (expr.kind === "text" && !texts.has(expr.value)) texts.set(expr.value, texts.size);
    if (expr.kind === "host") hosts.add(expr.symbol);
    for (const operand of operandsOf(expr)) visitExpr(operand);
  };
  const visitBody = (body: readonly Stmt[]): void => {
    for (const stmt of body) {
      for (const expr of expressionsOf(stmt)) visitExpr(expr);
      if (stmt.kind === "while") visitBody(stmt.body);
      if (stmt.kind === "if") {
        visitBody(stmt.then);
        visitBody(stmt.else);
      }
    }
  };
  for (const fn of module.functions) {
    references ||= fn.locals.some(({ type }) => !isScalarType(type));
    visitBody(fn.body);
  }
  return { texts, references, hosts };
}
