// Makes a program smaller while it keeps showing the same failure: drops lines and blocks, unwraps blocks, and replaces
// expressions by parts of themselves or by small literals. It works on the text alone.

/** Whether a candidate still shows the failure. */
export type StillFails = (source: string) => boolean;

interface Budget {
  left: number;
}

/** The smallest program found with at most `attempts` runs of the predicate. */
export function reduce(source: string, stillFails: StillFails, attempts = 3000): string {
  const budget = { left: attempts };
  const check: StillFails = (candidate) => {
    if (budget.left <= 0) return false;
    budget.left -= 1;
    return stillFails(candidate);
  };
  let best = source;
  for (let before = ""; before !== best && budget.left > 0;) {
    before = best;
    best = dropBlocks(best, check);
    best = unwrapBlocks(best, check);
    best = shrinkExpressions(best, check, budget);
  }
  return best;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Index behind the block that the line at `start` heads; `start + 1` if it heads none. */
function blockEnd(lines: readonly string[], start: number): number {
  const indent = indentOf(lines[start] ?? "");
  let end = start + 1;
  while (end < lines.length && indentOf(lines[end] ?? "") > indent) end += 1;
  return end;
}

function join(lines: readonly string[]): string {
  return lines.join("\n");
}

/** Drops runs of lines and single blocks, from the end, where definitions have their uses. */
function dropBlocks(source: string, check: StillFails): string {
  let lines = source.split("\n");
  for (let run = lines.length >> 1; run >= 2; run >>= 1) {
    for (let start = lines.length - run; start >= 0; start -= run) {
      const candidate = [...lines.slice(0, start), ...lines.slice(start + run)];
      if (check(join(candidate))) lines = candidate;
    }
  }
  for (let start = lines.length - 1; start >= 0; start -= 1) {
    if (start >= lines.length) continue;
    const end = blockEnd(lines, start);
    const without = [...lines.slice(0, start), ...lines.slice(end)];
    if (check(join(without))) {
      lines = without;
      continue;
    }
    const pass = `${" ".repeat(indentOf(lines[start] ?? ""))}pass`;
    const replaced = [...lines.slice(0, start), pass, ...lines.slice(end)];
    if (lines[start] !== pass && check(join(replaced))) lines = replaced;
  }
  return join(lines);
}

/** Puts the body of a block in the place of the block. */
function unwrapBlocks(source: string, check: StillFails): string {
  let lines = source.split("\n");
  for (let start = lines.length - 1; start >= 0; start -= 1) {
    const end = blockEnd(lines, start);
    if (end === start + 1) continue;
    const body = lines.slice(start + 1, end).map((line) => line.slice(4));
    const candidate = [...lines.slice(0, start), ...body, ...lines.slice(end)];
    if (check(join(candidate))) lines = candidate;
  }
  return join(lines);
}

/** Start and end of each balanced group in parentheses, outermost first. */
function groups(line: string): [number, number][] {
  const found: [number, number][] = [];
  const open: number[] = [];
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === "(") open.push(at);
    if (line[at] === ")") {
      const start = open.pop();
      if (start !== undefined) found.push([start, at + 1]);
    }
  }
  return found.sort(([a, b], [c, d]) => d - c - (b - a));
}

const replacements = [
  "0",
  "1",
  "0.0",
  "1.0",
  "0.0f32",
  "true",
  "false",
  "0u8",
  "0i8",
  "0u16",
  "0i16",
  "0u32",
  "0i32",
  "0u64",
];

function candidatesFor(line: string): string[] {
  const candidates: string[] = [];
  for (const [start, end] of groups(line)) {
    const before = line.slice(0, start);
    const after = line.slice(end);
    const inner = line.slice(start + 1, end - 1);
    for (const [from, to] of groups(inner)) candidates.push(before + inner.slice(from, to) + after);
    const cast = /^(.*) as (\w+)$/.exec(inner);
    if (cast !== null) candidates.push(before + (cast[1] ?? "") + after);
    for (const operand of inner.split(/ (?:[-+*/%&|^]|<<|>>|xor|and|or|[<>=!]=?) /)) {
      if (operand !== inner && balanced(operand)) candidates.push(before + operand + after);
    }
    for (const literal of replacements) candidates.push(before + literal + after);
  }
  return candidates.filter((candidate) => candidate.length < line.length);
}

function balanced(text: string): boolean {
  return text.split("(").length === text.split(")").length;
}

function shrinkExpressions(source: string, check: StillFails, budget: Budget): string {
  const lines = source.split("\n");
  for (let index = 0; index < lines.length && budget.left > 0; index += 1) {
    for (let progress = true; progress && budget.left > 0;) {
      progress = false;
      const line = lines[index] ?? "";
      for (const candidate of candidatesFor(line)) {
        lines[index] = candidate;
        if (check(join(lines))) {
          progress = true;
          break;
        }
        lines[index] = line;
      }
    }
  }
  return join(lines);
}
