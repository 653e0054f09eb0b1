// Runs the commands of one file and puts the golden blocks together.
import { checkGoldenSizes, spliceGoldens, type Golden } from "./bless.ts";
import { CommandFailure, commands, type Command, type CommandResult } from "./commands/index.ts";
import { readTestFile, TestFileError, type CommandLine, type TestFile } from "./testfile.ts";

export interface FileResult {
  /** Empty if all but the goldens is as expected. */
  readonly failures: readonly string[];
  /** The file as it would be with golden blocks of what was printed; equal to its text if they are right. */
  readonly blessed: string;
}

export function runFile(path: string, text: string): FileResult {
  const file = readTestFile(path, text);
  const failures: string[] = [];
  const goldens: Golden[] = [];
  let printing: string | undefined;
  for (const line of file.commands) {
    const result = runCommand(file, line);
    failures.push(...result.failures.map((failure) => `test ${line.name}: ${failure}`));
    if (result.goldens.length === 0) continue;
    if (printing !== undefined) {
      throw new TestFileError(`${path}: both \`${printing}\` and \`${line.name}\` print goldens`);
    }
    printing = line.name;
    goldens.push(...result.goldens);
  }
  failures.push(...unchecked(file), ...checkGoldenSizes(goldens));
  return { failures, blessed: spliceGoldens(file, goldens) };
}

function runCommand(file: TestFile, { name, args, line }: CommandLine): CommandResult {
  const command = commandOf(name);
  if (command === undefined) {
    throw new TestFileError(`${file.path}:${line}: there is no command \`${name}\``);
  }
  if (!command.languages.includes(file.language)) {
    throw new TestFileError(`${file.path}:${line}: \`${name}\` does not read .${file.language}`);
  }
  try {
    return command.run(file, args);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { failures: [error.message], goldens: [] };
  }
}

function commandOf(name: string): Command | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}

/** Directives that no command of the file looks at would pass whatever they say. */
function unchecked(file: TestFile): string[] {
  const checks = new Set(file.commands.map(({ name }) => commandOf(name)?.checks));
  const failures: string[] = [];
  if (file.runs.length > 0 && !checks.has("runs"))
    failures.push("no command checks the `run:` lines");
  if (file.errors.length > 0 && !checks.has("errors")) {
    failures.push("no command checks the `error:` directives");
  }
  return failures;
}
