// Functions of the program that native modules call by name: which one a module means, and whether it fits.
import { DiagnosticError, type Diagnostic } from "../base/index.ts";
import type { FunctionCell, Value } from "../interp/index.ts";
import type { HirFunction, HirModule, Type } from "../ir/hir/index.ts";
import {
  fromNative,
  isDeclarableAs,
  isPassedScalar,
  toNative,
  type LinkedImport,
} from "../runtime/index.ts";

/** What calls of the functions go to. */
export interface ImportTarget {
  readonly module: HirModule;
  /** By the function's number. */
  readonly cells: readonly FunctionCell[];
  call(cell: FunctionCell, args: readonly Value[]): Value;
}

/** Gives native modules the functions that they call. Throws `DiagnosticError` for those that are missing or do not fit. */
export function bindImports(imports: readonly LinkedImport[], target: ImportTarget): void {
  const wrong: Diagnostic[] = [];
  for (const each of imports) {
    const fn = find(each, target.module);
    const cell = fn === undefined ? undefined : target.cells[fn.id];
    if (fn === undefined || cell === undefined) wrong.push(missing(each, target.module));
    else bind(each, cell, target);
  }
  if (wrong.length > 0) throw new DiagnosticError(wrong);
}

function bind({ bind: give }: LinkedImport, cell: FunctionCell, target: ImportTarget): void {
  const types = parameterTypes(cell.fn).filter(isPassedScalar);
  const result = isPassedScalar(cell.fn.result) ? cell.fn.result : "unit";
  give((...args) => {
    const values = types.map((type, i) => fromNative(type, args[i] ?? 0));
    return toNative(result, target.call(cell, values));
  });
}

function parameterTypes({ locals, parameterCount }: HirFunction): readonly Type[] {
  return locals.slice(0, parameterCount).map(({ type }) => type);
}

/** The instance of a top-level function of the main file with fitting types. */
function find(wanted: LinkedImport, { functions, file }: HirModule): HirFunction | undefined {
  return functions.find((fn) => {
    const types = parameterTypes(fn);
    return (
      fn.symbol === [wanted.name, ...types].join(".") &&
      fn.span.file === file &&
      types.length === wanted.params.length &&
      wanted.params.every((type, i) => isDeclarableAs(type, types[i] ?? "unit")) &&
      isDeclarableAs(wanted.result, fn.result)
    );
  });
}

function missing(wanted: LinkedImport, { functions, file }: HirModule): Diagnostic {
  const { name, params, result, origin } = wanted;
  const shown = `(${params.join(", ")}) -> ${result}`;
  const similar = functions.find((fn) => fn.name === name && fn.span.file === file);
  const help =
    "C's integers may be signed or unsigned, `ptr` is `i64`; parameters need their types written out.";
  if (similar === undefined) {
    return {
      severity: "error",
      code: "resolve/native-import",
      message: `${origin} calls \`${name}\`, which is defined neither by a module before it nor by the program`,
      help: `Define \`fn ${name}\` as \`${shown}\` at the top level, or name the module that has it first.`,
    };
  }
  const found = parameterTypes(similar).join(", ");
  return {
    severity: "error",
    code: "type/native-import",
    message: `${origin} calls \`${name}\` as \`${shown}\`, found \`(${found}) -> ${similar.result}\``,
    span: similar.span,
    help,
  };
}
