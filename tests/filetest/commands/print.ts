// `test print [locations] [keep]`: the printed function, with fresh numbers unless `keep`. Also checks on the whole file
// that printing is a fixed point of parsing.
import { DiagnosticSink, SourceFile } from "../../../src/base/index.ts";
import { parseModule, printFunction, printModule } from "../../../src/ir/mir/index.ts";
import { functionGoldens, parseFile, type Command } from "./command.ts";

export const print: Command = {
  languages: ["mir"],
  run: (file, args) => {
    const parsed = parseFile(file);
    const options = { locations: args.includes("locations"), renumber: !args.includes("keep") };
    const text = printModule(parsed.module, { locations: true });
    const sink = new DiagnosticSink();
    const again = printModule(parseModule(new SourceFile(file.path, text), sink), {
      locations: true,
    });
    const failures = again === text ? [] : [`printed and read, it prints differently:\n${again}`];
    const goldens = functionGoldens(parsed, (fn) => printFunction(fn, options));
    return { failures, goldens };
  },
};
