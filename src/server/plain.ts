// Diagnostics as plain data, for a device that has no sources of the compiler's.
import { renderDiagnostic, type Diagnostic } from "../base/index.ts";
import type { PlainDiagnostic } from "../protocol/index.ts";

/** The diagnostic with its place in numbers, and its text form. */
export function plainDiagnostic(diagnostic: Diagnostic): PlainDiagnostic {
  const { severity, code, message, span, notes, help } = diagnostic;
  return {
    severity,
    code,
    message,
    ...(span === undefined ? {} : placeOf(span)),
    ...(notes === undefined ? {} : { notes: [...notes] }),
    ...(help === undefined ? {} : { help }),
    rendered: renderDiagnostic(diagnostic),
  };
}

function placeOf({ file, start, end }: NonNullable<Diagnostic["span"]>) {
  const from = file.position(start);
  const to = file.position(end);
  return {
    path: file.path,
    line: from.line,
    column: from.column,
    endLine: to.line,
    endColumn: to.column,
  };
}
