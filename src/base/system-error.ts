// Why the operating system refused something, in words for people.

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "no permission"],
  ["EISDIR", "it is a directory"],
]);

/** What a caught error says, in our words where it is a usual one of the system's. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return reasons.get(code) ?? (error instanceof Error ? error.message : String(error));
}
