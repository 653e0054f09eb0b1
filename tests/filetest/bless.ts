// Golden blocks in a test file: replaced by what was printed, every other line untouched.
import { commentMark, goldenLength, type TestFile } from "./testfile.ts";

export interface Golden {
  /** The line (from 1) that the block follows. */
  readonly afterLine: number;
  /** What a command printed. */
  readonly text: string;
}

const longestBlock = 60;
const longestFile = 400;

/** The text of the file with these golden blocks. */
export function spliceGoldens(file: TestFile, goldens: readonly Golden[]): string {
  const mark = commentMark(file);
  const lines = [...file.lines];
  for (const { afterLine, text } of goldens.toSorted((a, b) => b.afterLine - a.afterLine)) {
    const block = text
      .trimEnd()
      .split("\n")
      .map((line) => `${mark} ${line}`.trimEnd());
    lines.splice(afterLine, goldenLength(file, afterLine), ...block);
  }
  return lines.join("\n");
}

/** Goldens that nobody would review are mistakes of the test. */
export function checkGoldenSizes(goldens: readonly Golden[]): string[] {
  const sizes = goldens.map(({ text }) => text.trimEnd().split("\n").length);
  const failures: string[] = [];
  goldens.forEach(({ afterLine }, index) => {
    if ((sizes[index] ?? 0) > longestBlock) {
      failures.push(`line ${afterLine}: the golden block has more than ${longestBlock} lines`);
    }
  });
  if (sizes.reduce((sum, size) => sum + size, 0) > longestFile) {
    failures.push(`the file has more than ${longestFile} golden lines`);
  }
  return failures;
}
