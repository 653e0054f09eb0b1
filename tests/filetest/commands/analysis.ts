// `test analysis NAME`: one analysis of each function as text, a line for each reachable block or loop.
import {
  computeCfg,
  computeDominators,
  computeLoops,
  type Cfg,
} from "../../../src/analysis/index.ts";
import type { MirFunction } from "../../../src/ir/mir/index.ts";
import { CommandFailure, functionGoldens, parseVerified, type Command } from "./command.ts";

/** Blocks are shown by their names in the file. */
const analyses: Readonly<Record<string, (fn: MirFunction) => string>> = {
  cfg: (fn) => {
    const cfg = computeCfg(fn);
    return cfg.order
      .map((block, number) => `block${block.id} -> ${names(cfg, cfg.successors[number] ?? [])}`)
      .join("\n");
  },
  domtree: (fn) => {
    const cfg = computeCfg(fn);
    const { idom } = computeDominators(cfg);
    return cfg.order
      .map((block, number) => `block${block.id}: ${names(cfg, [idom[number] ?? -1])}`)
      .join("\n");
  },
  loops: (fn) => {
    const cfg = computeCfg(fn);
    const { loops, reducible } = computeLoops(cfg, computeDominators(cfg));
    const lines = loops.map(({ depth, blocks, latches }) => {
      return `depth ${depth}: ${names(cfg, blocks)} latches ${names(cfg, latches)}`;
    });
    return [reducible ? "reducible" : "irreducible", ...lines].join("\n");
  },
};

function names(cfg: Cfg, numbers: readonly number[]): string {
  const blocks = numbers.flatMap((number) => cfg.order[number] ?? []);
  return blocks.length === 0 ? "none" : blocks.map(({ id }) => `block${id}`).join(" ");
}

export const analysis: Command = {
  languages: ["mir"],
  run: (file, [name = ""]) => {
    const print = Object.hasOwn(analyses, name) ? analyses[name] : undefined;
    if (print === undefined) throw new CommandFailure(`there is no analysis \`${name}\``);
    return { failures: [], goldens: functionGoldens(parseVerified(file), print) };
  },
};
