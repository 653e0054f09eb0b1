// Comparison of found errors with `error:` directives: each line has exactly the errors that it announces.
import type { TestFile } from "../testfile.ts";

export interface FoundError {
  readonly line: number;
  readonly text: string;
}

/** The differences. A directive stands for one error on its line whose text contains it. */
export function compareErrors(file: TestFile, found: readonly FoundError[]): string[] {
  const failures: string[] = [];
  const rest = [...found];
  for (const { line, text } of file.errors) {
    const index = rest.findIndex((error) => error.line === line && error.text.includes(text));
    if (index < 0) failures.push(`line ${line}: no error with the text: ${text}`);
    else rest.splice(index, 1);
  }
  for (const { line, text } of rest) failures.push(`line ${line}: unexpected error: ${text}`);
  return failures;
}
