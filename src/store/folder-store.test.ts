import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderStore, makeFolder } from "./folder-store.ts";

let base = "";
beforeEach(() => (base = mkdtempSync(path.join(tmpdir(), "anneal-store-"))));
afterEach(() => rmSync(base, { recursive: true }));

function open(folder: string): FolderStore {
  return new FolderStore({ folder, suffix: ".x", mostBytes: 1000, key: null });
}

describe("the folder of a store", () => {
  it("is made with those that it is in, for its owner alone", () => {
    const folder = path.join(base, "a", "b");
    expect(open(folder).write("one", Buffer.from("1"))).toBe(true);
    expect(open(folder).read("one")?.toString()).toBe("1");
    expect(readdirSync(folder)).toEqual(["one.x"]);
    expect(readdirSync(base)).toEqual(["a"]);
    if (process.platform !== "win32") expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it("is refused where a file is in its way", () => {
    const file = path.join(base, "file");
    writeFileSync(file, "", { mode: 0o600 });
    expect(() => open(file)).toThrow("ENOTDIR");
    expect(() => open(path.join(file, "a"))).toThrow("ENOTDIR");
    expect(() => open("")).toThrow("ENOENT");
  });

  it.runIf(existsSync("/proc/self"))("is refused where none can be made or written", () => {
    for (const folder of ["/proc/nope", "/proc/nope/a/b", "/proc/self/a"])
      expect(() => makeFolder(folder)).toThrow("ENOENT");
    expect(() => open("/proc/sys/kernel")).toThrow(/ENOENT|others|somebody|EACCES/);
  });
});
