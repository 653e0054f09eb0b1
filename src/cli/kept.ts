// Files of the user's that have to be safe from others: secrets, folders of compiled pieces.
import { readFileSync, statSync } from "node:fs";
import { leastSecret } from "../transport/index.ts";
import { UsageError } from "./usage.ts";

/** A folder of compiled pieces cannot be used. */
export function cacheError(folder: string, error: unknown): UsageError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UsageError(
    `cannot keep compiled pieces in \`${folder}\`: ${reason}`,
    "name a folder of your own with --cache, that nobody else may write to",
  );
}

/** The bytes of a secret's file without line ends. Throws `UsageError` if others may read it, or it is too short. */
export function readSecret(file: string): Uint8Array {
  try {
    const { mode } = statSync(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      throw new UsageError(`others may read \`${file}\``, `chmod 600 ${file}`);
    const secret = Buffer.from(readFileSync(file, "utf8").trim());
    if (secret.length >= leastSecret) return secret;
    const found = `the secret in \`${file}\` has ${secret.length} bytes`;
    throw new UsageError(
      `${found}, at least ${leastSecret} are needed`,
      "write a longer one, and give it to both sides",
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read the secret: ${reason}`, "name a file with at least 16 bytes");
  }
}
