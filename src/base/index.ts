export { SourceFile, formatPosition, preludePath, type SourceOrigin, type Span } from "./source.ts";
export {
  DiagnosticError,
  DiagnosticSink,
  renderDiagnostic,
  renderExcerpt,
  type Diagnostic,
  type Severity,
} from "./diagnostic.ts";
export { unreachable } from "./unreachable.ts";
