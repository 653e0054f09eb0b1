// A file that is looked at when it is saved.
import { readFileSync, watch } from "node:fs";
import path from "node:path";

/** Milliseconds in which several changes of a file count as one. */
const settling = 30;

/** Calls with the text of a file each time that it is another one. Editors replace files, so the folder is watched. */
export function watchFile(file: string, onChange: (text: string) => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let text = readFileSync(file, "utf8");
  const look = (): void => {
    let now: string;
    try {
      now = readFileSync(file, "utf8");
    } catch {
      // Between the two steps of replacing it; another change follows.
      return;
    }
    if (now === text) return;
    text = now;
    onChange(now);
  };
  return watch(path.dirname(path.resolve(file)), (_, name) => {
    if (name !== null && name !== path.basename(file)) return;
    clearTimeout(timer);
    timer = setTimeout(look, settling);
  });
}
