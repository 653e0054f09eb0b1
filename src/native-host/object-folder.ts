// Compiled objects in a folder, from one process to the next.
import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { makeFolder } from "../store/index.ts";

/** Keeps objects by a text that says all that they depend on. */
export interface ObjectFolder {
  get(key: string): Uint8Array | undefined;
  put(key: string, object: Uint8Array): void;
}

/** The user's folder for what can be made again: `ANNEAL_CACHE`, or `anneal` where the system keeps such things. */
export function userCacheFolder(): string {
  const { ANNEAL_CACHE: own, XDG_CACHE_HOME: shared } = process.env;
  if (own !== undefined && own !== "") return own;
  const base = shared !== undefined && shared !== "" ? shared : path.join(homedir(), ".cache");
  return path.join(base, "anneal");
}

/** Objects in a folder. One that cannot be used is as good as none: then each process makes its own. */
export function folderCache(folder: string): ObjectFolder {
  const file = (key: string): string =>
    path.join(folder, `${createHash("sha256").update(key).digest("hex")}.o`);
  return {
    get: (key) => {
      try {
        return readFileSync(file(key));
      } catch {
        return undefined;
      }
    },
    put: (key, object) => {
      const name = file(key);
      const part = `${name}.${process.pid}.${Math.random().toString(36).slice(2)}`;
      try {
        makeFolder(folder);
        writeFileSync(part, object, { mode: 0o600 });
        renameSync(part, name);
      } catch {
        // The next process tries again.
      }
    },
  };
}
