// What a device has to carry: no front end, no compiler, and not much.
import path from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "../..");

/** As applications are bundled: packages that have ES modules without `exports` are taken as those. */
async function bundle(entry: string): Promise<{ files: string[]; size: number }> {
  const bundler = await rolldown({
    input: path.join(root, entry),
    platform: "node",
    resolve: { mainFields: ["module", "main"] },
    // An entry without exports is there for what it does.
    treeshake: { moduleSideEffects: [{ test: /worker\.ts$/, sideEffects: true }] },
    logLevel: "silent",
  });
  // Annotations for bundlers are for those that come before this one.
  const comments = { legal: true, annotation: false, jsdoc: false };
  const { output } = await bundler.generate({ format: "esm", minify: true, comments });
  const chunks = output.flatMap((one) => (one.type === "chunk" ? [one] : []));
  const files = chunks.flatMap(({ modules }) =>
    Object.entries(modules).flatMap(([file, { renderedLength }]) =>
      renderedLength > 0 ? [path.relative(root, file)] : [],
    ),
  );
  const code = chunks.map((chunk) => chunk.code).join("");
  return { files, size: gzipSync(code, { level: 9 }).length };
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
