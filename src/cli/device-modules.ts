// The modules that a device's program may import.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The text of a module `a/b` beside the program, or in the folder `src` there; null if there is none. */
export function readModule(folder: string, name: string): string | null {
  const parts = name.split("/");
  if (parts.some((part) => part === "" || part.startsWith("."))) return null;
  for (const base of [folder, path.join(folder, "src")]) {
    const file = `${path.join(base, ...parts)}.spl`;
    if (existsSync(file)) return readFileSync(file, "utf8");
  }
  return null;
}
