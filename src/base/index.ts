export { SourceFile, formatPosition, preludePath, type SourceOrigin, type Span } from "./source.ts";
export {
  DiagnosticError,
  DiagnosticSink,
  renderDiagnostic,
  renderExcerpt,
  type Diagnostic,
  type Severity,
} from "./diagnostic.ts";
export { RecentBytes } from "./recent-bytes.ts";
export { reasonOf } from "./system-error.ts";
export { unreachable } from "./unreachable.ts";
export { decodeUtf8, encodeUtf8, measureUtf8, readUtf8, utf8Bytes } from "./utf8.ts";
export { doAll, type Parts } from "./parts.ts";
