// `test verify`: the verifier finds the errors that the file announces, and no others.
import { verifyModule, type VerifyError } from "../../../src/ir/mir/index.ts";
import { parseFile, type Command, type ParsedFile } from "./command.ts";
import { compareErrors } from "./errors.ts";

export const verify: Command = {
  languages: ["mir"],
  checks: "errors",
  run: (file) => {
    const parsed = parseFile(file);
    const found = verifyModule(parsed.module).map((error) => ({
      line: lineOf(error, parsed),
      text: error.message,
    }));
    return { failures: compareErrors(file, found), goldens: [] };
  },
};

function lineOf({ symbol, fn, block, inst }: VerifyError, { places, source }: ParsedFile): number {
  const span =
    (inst === null ? undefined : places.insts.get(inst)) ??
    (block === null ? undefined : places.blocks.get(block)) ??
    (fn === null ? undefined : places.functions.get(fn)) ??
    (symbol === null ? undefined : places.symbols.get(symbol));
  return span === undefined ? 0 : source.position(span.start).line;
}
