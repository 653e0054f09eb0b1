// The report of specs: groups and examples as a tree, failures with their place, differences between tiers, a summary.
import type { SourceFile } from "../base/index.ts";
import type { ExampleResult } from "../engine/index.ts";
import { painter, renderProgramError, type Paint } from "./render.ts";
import type { FileRun } from "./test.ts";

/** Writes the report of one run of `anneal test`. */
export class SpecReport {
  readonly #write: (text: string) => void;
  readonly #paint: Paint;
  readonly #colour: boolean;
  readonly #counts = { passed: 0, failed: 0, skipped: 0 };

  constructor(write: (text: string) => void, colour: boolean) {
    this.#write = write;
    this.#paint = painter(colour);
    this.#colour = colour;
  }

  /** Adds a file: its examples as the first tier saw them, and where others differ. */
  file(file: SourceFile, runs: readonly FileRun[]): void {
    const [first, ...others] = runs;
    if (first === undefined) return;
    this.#write(`${this.#paint("bold", file.path)}\n`);
    const groups: string[] = [];
    for (const [index, example] of first.examples.entries()) {
      this.#openGroups(groups, example.groups);
      const odd = others.find((run) => differs(example, run.examples[index]));
      this.#example(first, example, odd === undefined ? null : difference(first, odd, index));
    }
    this.#broken(first);
    for (const run of others) this.#wholeFile(first, run);
    this.#output(first.output);
    this.#write("\n");
  }

  /** The last line; whether everything is well: some example passed and none failed. */
  summary(): boolean {
    const { passed, failed, skipped } = this.#counts;
    if (passed + failed === 0) this.#write("no examples were executed\n");
    this.#write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    return failed === 0 && passed > 0;
  }

  #openGroups(open: string[], wanted: readonly string[]): void {
    let common = 0;
    while (common < open.length && open[common] === wanted[common]) common += 1;
    open.length = common;
    for (const name of wanted.slice(common)) {
      this.#write(`${indent(open.length + 1)}${name}\n`);
      open.push(name);
    }
  }

  #example({ sourceFile }: FileRun, example: ExampleResult, odd: string | null): void {
    const { groups, name, status, error } = example;
    const margin = indent(groups.length + 1);
    const failed = status === "failed" || odd !== null;
    this.#counts[failed ? "failed" : status] += 1;
    const mark = failed
      ? this.#paint("red", "✗")
      : status === "passed"
        ? this.#paint("green", "✓")
        : this.#paint("yellow", "-");
    this.#write(`${margin}${mark} ${name}${status === "skipped" ? " (skipped)" : ""}\n`);
    if (error !== null) this.#detail(margin, renderProgramError(error, sourceFile, this.#colour));
    if (odd !== null) this.#detail(margin, odd);
  }

  #detail(margin: string, text: string): void {
    for (const line of text.trimEnd().split("\n")) this.#write(`${margin}    ${line}\n`);
  }

  #broken({ broken, sourceFile }: FileRun): void {
    if (broken === null) return;
    this.#counts.failed += 1;
    this.#write(`  ${this.#paint("red", "✗")} the file ended early\n`);
    this.#detail(
      "  ",
      typeof broken === "string" ? broken : renderProgramError(broken, sourceFile, this.#colour),
    );
  }

  /** What differs between two tiers outside single examples. */
  #wholeFile(first: FileRun, run: FileRun): void {
    const problems: string[] = [];
    if (first.examples.length !== run.examples.length) {
      problems.push(
        `${first.examples.length} examples in ${first.tier}, ${run.examples.length} in ${run.tier}`,
      );
    }
    if (first.output !== run.output) {
      problems.push(
        `the output in ${run.tier} is not that in ${first.tier}:`,
        run.output.trimEnd(),
      );
    }
    if ((first.broken === null) !== (run.broken === null)) {
      problems.push(`the file ended early in only one of ${first.tier} and ${run.tier}`);
    }
    if (problems.length === 0) return;
    this.#counts.failed += 1;
    this.#write(`  ${this.#paint("red", "✗")} the tiers differ\n`);
    this.#detail("  ", problems.join("\n"));
  }

  #output(output: string): void {
    for (const line of output === "" ? [] : output.trimEnd().split("\n"))
      this.#write(`  | ${line}\n`);
  }
}

function indent(depth: number): string {
  return "  ".repeat(depth);
}

function messageOf(example: ExampleResult | undefined): string {
  if (example === undefined) return "missing";
  return example.error === null ? example.status : `${example.status}: ${example.error.message}`;
}

function differs(example: ExampleResult, other: ExampleResult | undefined): boolean {
  return messageOf(example) !== messageOf(other);
}

function difference(first: FileRun, other: FileRun, index: number): string {
  const here = first.examples[index];
  const there = other.examples[index];
  return `${first.tier}: ${messageOf(here)}; ${other.tier}: ${messageOf(there)}`;
}
