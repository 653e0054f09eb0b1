// Programs whose functions are replaced all the time while they run, by others that do the same: they must show what they
// show when they are left alone.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DiagnosticSink } from "../../src/base/index.ts";
import { Session, SourceFile, type EngineOptions } from "../../src/engine/index.ts";
import { parse } from "../../src/frontend/simple/index.ts";
import { controlAttention, controlWordAddress } from "../../src/runtime/index.ts";
import { testClock } from "../engine/harness.ts";
import { runtimeLibrary } from "../engine/runtime-library.ts";

const examples = path.join(import.meta.dirname, "../../examples");
const programs = ["dijkstra", "factorial", "json_parser", "life"];
/** Pieces that run in each program. */
const mostPieces = 25;
/** Events between two of them, so that they are spread over the program. */
const between = [0, 1, 3, 0, 7];

const ways: readonly Partial<EngineOptions>[] = [
  {},
  { mode: "jit" },
  { mode: "interpret" },
  { threshold: 1, loopThreshold: 1, loopFuel: 3, collectAlways: true },
];

const declarations = ["function", "struct", "class", "enum", "trait", "impl", "use", "extern"];

interface Parts {
  /** Everything that is declared. */
  readonly declared: string;
  /** The statements of the top level as a function. */
  readonly main: string;
  /** Functions with a body of several lines. */
  readonly functions: readonly string[];
}

function partsOf(file: SourceFile): Parts {
  const { body } = parse(file, new DiagnosticSink());
  let declared = "";
  let main = "fn all_of_it():\n    pass\n";
  const functions: string[] = [];
  for (const { kind, span } of body) {
    const text = file.text.slice(span.start, span.end).trimEnd();
    if (!declarations.includes(kind)) main += `${text.replace(/^/gm, "    ")}\n`;
    else declared += `${text}\n`;
    if (kind === "function" && /^[^\n]*:\n/.test(text)) functions.push(text);
  }
  return { declared, main, functions };
}

/** What it prints; `attend` may evaluate pieces in the session. */
function run(file: SourceFile, options: Partial<EngineOptions>, disturb: boolean) {
  const { declared, main, functions } = partsOf(file);
  let out = "";
  let pieces = 0;
  let calls = 0;
  let inside = false;
  const call = (): void => {
    const words = session.program?.views.i32;
    if (words !== undefined) Atomics.or(words, controlWordAddress >> 2, controlAttention);
  };
  const session = new Session({
    clock: testClock,
    verify: true,
    library: runtimeLibrary,
    heapBudget: 2 ** 23,
    ...options,
    write: (_, text) => {
      if (!inside) out += text;
    },
    attend: (open) => {
      calls += 1;
      if (inside || !disturb || pieces >= mostPieces) return;
      inside = true;
      if (open && calls % ((between[pieces % between.length] ?? 0) + 1) === 0) {
        const text = functions[pieces % functions.length] ?? "";
        pieces += 1;
        const other = text.replace(
          /:\n( +)/,
          (_, indent) => `:\n${indent}val other = ${pieces}\n${indent}`,
        );
        const piece = `${other}\nval garbage${pieces % 3} = "garbage {${pieces}}" * 3\n`;
        session.evaluate(new SourceFile("<piece>", piece));
      }
      inside = false;
      call();
    },
  });
  session.evaluate(new SourceFile(file.path, declared + main), "nothing");
  call();
  session.evaluate(new SourceFile("<start>", "all_of_it()\n"), "nothing");
  return { out, pieces };
}

describe.each(programs)("%s", (name) => {
  const file = path.join(examples, `${name}.spl`);
  const source = new SourceFile(file, readFileSync(file, "utf8"));
  const expected = readFileSync(path.join(examples, `${name}.expected`), "utf8");

  it.each(ways)("shows the same with %j", (options) => {
    const { out, pieces } = run(source, options, true);
    expect(out).toBe(run(source, options, false).out);
    expect(expected.startsWith(out)).toBe(true);
    // An interpreter looks at the control word now and then only.
    if (options.mode === undefined && options.threshold === 1) expect(pieces).toBe(mostPieces);
  });
});
