// `test pass dce gvn`: exactly these passes, the module verified before, between and after. Prints the functions; the `run:`
// lines of the file must hold for what came out.
import { printFunction } from "../../../src/ir/mir/index.ts";
import { isPassName, pipelines, runPasses, type PassName } from "../../../src/opt/index.ts";
import {
  CommandFailure,
  functionGoldens,
  parseVerified,
  requireVerified,
  type Command,
} from "./command.ts";
import { checkRuns } from "./run.ts";

export const pass: Command = {
  languages: ["mir"],
  checks: "runs",
  run: (file, args) => {
    const parsed = parseVerified(file);
    const { module } = parsed;
    runPasses(module, passNames(args), {
      verifyAfterEach: (_fn, name) => requireVerified(module, `after ${name}`),
    });
    requireVerified(module, "after the passes");
    const goldens = functionGoldens(parsed, (fn) => printFunction(fn, { renumber: true }));
    return { failures: checkRuns(file, module), goldens };
  },
};

/** Names of passes or of a pipeline (`O2`). */
export function passNames(args: readonly string[]): PassName[] {
  if (args.length === 0) throw new CommandFailure("names of passes are missing");
  return args.flatMap((name) => {
    if (isPassName(name)) return [name];
    if (name === "O0" || name === "O1" || name === "O2") return [...pipelines[name]];
    throw new CommandFailure(`there is no pass \`${name}\``);
  });
}
