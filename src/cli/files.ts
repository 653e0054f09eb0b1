// The files that programs read and write with `rt_file_read_text` and `rt_file_write_text`.
import { readFileSync, writeFileSync } from "node:fs";
import type { EngineOptions } from "../engine/index.ts";
import { ProgramError } from "../runtime/index.ts";

/** Paths are relative to the working folder; a text is UTF-8. */
export const hostFiles: NonNullable<EngineOptions["files"]> = {
  readText: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      throw new ProgramError("fail", `cannot read \`${path}\`: ${reasonOf(error)}`);
    }
  },
  writeText: (path, text) => {
    try {
      writeFileSync(path, text);
      return true;
    } catch {
      return false;
    }
  },
};

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "no permission"],
  ["EISDIR", "it is a directory"],
]);

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return reasons.get(code) ?? (error instanceof Error ? error.message : String(error));
}
