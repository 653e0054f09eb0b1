// Shows verifier errors inside the printed function.
import type { MirFunction } from "./function.ts";
import { formatSymbol } from "./literal.ts";
import { printFunctionLines } from "./print.ts";
import type { VerifyError } from "./verify.ts";

/** Each faulty function with `^ error: …` under the lines the errors are about; module errors first. */
export function renderVerifyErrors(errors: readonly VerifyError[]): string {
  const out: string[] = [];
  const byFunction = new Map<MirFunction, VerifyError[]>();
  for (const error of errors) {
    if (error.fn === null) {
      out.push(`error: ${error.message}`);
      continue;
    }
    const list = byFunction.get(error.fn);
    if (list === undefined) byFunction.set(error.fn, [error]);
    else list.push(error);
  }
  for (const [fn, list] of byFunction) out.push(renderFunction(fn, list));
  return out.join("\n");
}

function renderFunction(fn: MirFunction, errors: readonly VerifyError[]): string {
  const count = errors.length === 1 ? "1 error" : `${errors.length} errors`;
  const out = [`${formatSymbol(fn.symbol)} is not well-formed: ${count}`];
  const shown = new Set<VerifyError>();
  const showLine = (indent: number, width: number, matching: readonly VerifyError[]): void => {
    for (const error of matching) {
      if (shown.has(error)) continue;
      shown.add(error);
      out.push(`${" ".repeat(indent)}${"^".repeat(Math.max(1, width))} error: ${error.message}`);
    }
  };
  for (const { text, block, inst } of printFunctionLines(fn, {
    locations: fn.locations.length > 0,
  })) {
    out.push(text);
    const body = text.trimStart();
    const matching = errors.filter((error) => error.block === block && error.inst === inst);
    showLine(text.length - body.length, body.length, matching);
  }
  return out.join("\n");
}
