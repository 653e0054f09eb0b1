// Programs that need no thread of their own: a few plain statements, which end before a thread would have booted. A thread is
// for what can take long or recur: signals and time limits work while it runs, and its stack is large.
import { readFileSync, statSync } from "node:fs";

/** In characters; so the nesting of expressions is bounded too. */
const longest = 1024;

/** What loops, declares, imports, waits or may take long, and what is not plain text. */
const notPlain =
  /[^\t\n\r -~]|\\|\.\.|\b(?:class|context|describe|enum|export|extern|fn|for|from|impl|import|input|it|loop|mod|range|read\w*|repeat|rt_\w*|sleep\w*|static|struct|trait|type|use|wait\w*|while)\b/;

/** Whether a program is sure to end soon, wherever it runs. */
export function isPlain(text: string): boolean {
  return text.length <= longest && !notPlain.test(text);
}

/** Whether the arguments run a plain program, given as a file or behind `-c`, with no other options. */
export function runsPlainProgram(argv: readonly string[]): boolean {
  const [command, first = "", second] = argv;
  if (command !== "run") return false;
  if (argv.length === 3 && first === "-c") return isPlain(second ?? "");
  if (argv.length !== 2 || !first.endsWith(".spl")) return false;
  try {
    const status = statSync(first);
    return status.isFile() && status.size <= longest && isPlain(readFileSync(first, "latin1"));
  } catch {
    // Whoever reads it says what is wrong.
    return false;
  }
}
