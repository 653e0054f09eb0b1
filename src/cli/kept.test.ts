import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readSecret } from "./kept.ts";

const folder = mkdtempSync(path.join(tmpdir(), "anneal-secret-"));

function secretOf(text: string, mode = 0o600): () => string {
  const file = path.join(folder, "secret");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return () => Buffer.from(readSecret(file)).toString();
}

describe("the file of a secret", () => {
  it("is taken without line ends", () => {
    expect(secretOf("sixteen bytes or\n")()).toBe("sixteen bytes or");
  });

  it("is refused if the secret is short, or others may read it", () => {
    expect(secretOf("fifteen bytes..\n")).toThrow("has 15 bytes, at least 16 are needed");
    expect(secretOf("")).toThrow("has 0 bytes");
    expect(secretOf("sixteen bytes or", 0o640)).toThrow("others may read");
    expect(() => readSecret(path.join(folder, "none"))).toThrow("cannot read the secret");
  });
});
