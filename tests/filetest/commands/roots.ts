// `test roots [inline] [passes]`: the functions with their frames for references on the shadow stack, after these passes;
// with `inline`, objects are made without a call where a cell is free. The `run:` lines of the file must hold for what came out.
import { printFunction } from "../../../src/ir/mir/index.ts";
import { insertRoots, lowerObjects } from "../../../src/lower/index.ts";
import { runPasses } from "../../../src/opt/index.ts";
import { functionGoldens, parseVerified, requireVerified, type Command } from "./command.ts";
import { passNames } from "./pass.ts";
import { checkRuns } from "./run.ts";

export const roots: Command = {
  languages: ["mir"],
  checks: "runs",
  run: (file, args) => {
    const parsed = parseVerified(file);
    const { module } = parsed;
    const inline = args.includes("inline");
    const passes = args.filter((arg) => arg !== "inline");
    if (passes.length > 0) runPasses(module, passNames(passes));
    lowerObjects(module, { inline });
    insertRoots(module);
    requireVerified(module, "after roots");
    const goldens = functionGoldens(parsed, (fn) => printFunction(fn, { renumber: true }));
    return { failures: checkRuns(file, module), goldens };
  },
};
