// The commands by name. A file with any other fails.
import type { Command } from "./command.ts";
import { analysis } from "./analysis.ts";
import { diagnose } from "./diagnose.ts";
import { emit, object } from "./emit.ts";
import { llvm } from "./llvm.ts";
import { lower } from "./lower.ts";
import { pass } from "./pass.ts";
import { print } from "./print.ts";
import { roots } from "./roots.ts";
import { run } from "./run.ts";
import { verify } from "./verify.ts";

export const commands: Readonly<Record<string, Command>> = {
  analysis,
  diagnose,
  emit,
  llvm,
  lower,
  object,
  pass,
  print,
  roots,
  run,
  verify,
};

export { CommandFailure, type Command, type CommandResult } from "./command.ts";
