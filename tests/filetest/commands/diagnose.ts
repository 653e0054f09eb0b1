// `test diagnose`: the reader of the file's language finds the announced errors: `; error: code "text"` or `; error: text`.
import { DiagnosticSink, SourceFile } from "../../../src/base/index.ts";
import { compileSource } from "../../../src/frontend/simple/index.ts";
import { parseModule } from "../../../src/ir/mir/index.ts";
import type { TestFile } from "../testfile.ts";
import type { Command } from "./command.ts";
import { compareErrors } from "./errors.ts";

export const diagnose: Command = {
  languages: ["mir", "spl"],
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

/** Directives are comments of the language, so the text is read as it stands. */
function read({ path, text, language }: TestFile, sink: DiagnosticSink): void {
  const source = new SourceFile(path, text);
  if (language === "spl") compileSource(source, sink);
  else parseModule(source, sink);
}
