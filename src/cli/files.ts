// The files that programs read and write with `rt_file_read_text` and `rt_file_write_text`.
import { readFileSync, writeFileSync } from "node:fs";
import { reasonOf } from "../base/index.ts";
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
