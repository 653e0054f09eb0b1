// `test diagnose`: the reader of the file's language finds the announced errors: `; error: code "text"` or `; error: text`.
import { DiagnosticSink, SourceFile } from "../../../src/base/index.ts";
import { parseModule } from "../../../src/ir/mir/index.ts";
import type { TestFile } from "../testfile.ts";
import type { Command } from "./command.ts";
import { compareErrors } from "./errors.ts";

export const diagnose: Command = {
  languages: ["mir"],
  checks: "errors",
  run: (file) => {
    const sink = new DiagnosticSink(1000);
    read(file, sink);
    const found = sink.all.map(({ code, message, span }) => ({
      line: span === undefined ? 0 : span.file.position(span.start).line,
      text: `${code} "${message}"`,
    }));
    return { failures: compareErrors(file, found), goldens: [] };
  },
};

function read(file: TestFile, sink: DiagnosticSink): void {
  // Directives are comments of the language, so the text is read as it stands.
  parseModule(new SourceFile(file.path, file.text), sink);
}
