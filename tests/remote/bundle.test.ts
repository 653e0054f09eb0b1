// What a device has to carry: no front end, no compiler, and not much.
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "../..");

async function bundle(entry: string): Promise<{ files: string[]; size: number }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [path.join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    // As applications are bundled: packages that have ES modules without `exports` are taken as those.
    mainFields: ["module", "main"],
    format: "esm",
    target: "node20.19",
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return {
    files: inputs.flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    size: gzipSync(outputFiles[0]?.contents ?? new Uint8Array(0), { level: 9 }).length,
  };
}

const compiler = /^src\/(frontend|lower|opt|analysis|compiler|interp|codegen|ir\/mir|server)\//;

describe("the bundle of a device", () => {
  it.each([
    ["the agent with all that it needs", "src/agent/index.ts", 60 * 1024],
    ["the program's thread", "src/agent/worker.ts", 44 * 1024],
  ])("%s has no compiler and is small", async (_, entry, limit) => {
    const { files, size } = await bundle(entry);
    expect(files.filter((file) => compiler.test(file))).toEqual([]);
    expect(files).toContain("src/device/device-program.ts");
    expect(size).toBeLessThan(limit);
  });
});
