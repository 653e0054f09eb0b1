// Which argument of a call goes to which parameter.
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { plural } from "./number-methods.ts";
import { suggestion } from "./names.ts";

/** Which argument goes to which parameter: the index of the argument, or -1 for the default. */
export function assignArgs(
  cx: Context,
  name: string,
  params: readonly ast.Param[],
  call: ast.CallExpr,
): number[] | null {
  const slots = params.map(() => -1);
  let good = true;
  call.args.forEach((arg, index) => {
    if (arg.spread) {
      cx.report.unsupported("array", "spread arguments", arg.span);
      good = false;
      return;
    }
    const slot = slotOf(cx, name, { params, slots }, arg);
    if (slot === null) good = false;
    else if (slot < slots.length) slots[slot] = index;
  });
  if (!good) return null;
  const required = params.filter(({ default: value }) => value === null).length;
  if (call.args.length > params.length) {
    const most = plural(params.length);
    const takes = required === params.length ? most : `${required} to ${most}`;
    cx.report.error(
      "type/argument-count",
      `\`${name}\` takes ${takes}, found ${call.args.length}`,
      call.span,
    );
    return null;
  }
  const missing = params.filter((param, slot) => slots[slot] === -1 && param.default === null);
  if (missing.length === 0) return slots;
  const names = missing.map(({ name: param }) => `\`${param.text}\``).join(", ");
  cx.report.error(
    "type/argument-count",
    `\`${name}\` takes ${plural(required)}, found ${call.args.length}: ${names} ${missing.length === 1 ? "is" : "are"} missing`,
    call.span,
  );
  return null;
}

/** The parameter for an argument: by its name, else the next one that is still empty. */
function slotOf(
  cx: Context,
  name: string,
  { params, slots }: { params: readonly ast.Param[]; slots: readonly number[] },
  arg: ast.Arg,
): number | null {
  if (arg.name === null) {
    const next = slots.indexOf(-1);
    return next < 0 ? slots.length : next;
  }
  const wanted = arg.name.text;
  const slot = params.findIndex((param) => param.name.text === wanted);
  if (slot < 0) {
    cx.report.error(
      "type/argument-name",
      `\`${name}\` has no parameter \`${wanted}\``,
      arg.name.span,
      suggestion(
        wanted,
        params.map((param) => param.name.text),
      ),
    );
    return null;
  }
  if (slots[slot] !== -1) {
    cx.report.error("type/argument-name", `\`${wanted}\` is given twice`, arg.span);
    return null;
  }
  return slot;
}
