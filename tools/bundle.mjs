// Bundles the command line into dist/bin: one CommonJS file for each thread, which loads about 10 ms faster than the
// module graph, and nothing is left to install at run time. Then runs a warm-up program to leave V8's code cache
// beside the bundles (src/cli/load.ts). All of it is made in a folder of its own and moved at the end, so that a
// cache never stands beside other code than its own.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const root = path.join(import.meta.dirname, "..");

/** Packages whose code ends up in the bundle; their licences go beside it. */
const bundledPackages = ["commander"];

const entries = ["load", "main", "worker"];

function notices() {
  return bundledPackages.map((name) => {
    const folder = path.join(root, "node_modules", name);
    const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    return `${name} ${version}\n\n${readFileSync(path.join(folder, "LICENSE"), "utf8").trim()}\n`;
  });
}

/** The functions of `src/compiler/unit.ts`, which a program needs only when something gets hot. */
const unitFunctions = ["buildMir", "compileMir", "compileUnit", "emitUnit"];

/**
 * Puts the compiler of units into a bundle of its own, loaded at the first call: a program that ends before anything is
 * compiled starts without it. What both bundles hold, they share by shape alone: no class of theirs is tested for.
 */
const lazyCompiler = {
  name: "lazy-compiler",
  setup(build) {
    build.onResolve({ filter: /^\.\/unit\.ts$/ }, ({ importer, path: file }) => {
      const door = path.join(root, "src/compiler");
      if (path.dirname(importer) !== door) return undefined;
      return { path: path.join(door, file), namespace: "lazy-compiler" };
    });
    build.onLoad({ filter: /./, namespace: "lazy-compiler" }, () => ({
      contents: `
        let unit;
        const load = () => (unit ??= require("./load.cjs").load("compiler"));
        ${unitFunctions.map((name) => `export const ${name} = (...args) => load().${name}(...args);`).join("\n")}
      `,
      resolveDir: root,
    }));
    build.onResolve({ filter: /^\.\/load\.cjs$/ }, ({ path: file }) => ({
      path: file,
      external: true,
    }));
  },
};

async function bundle(outdir) {
  await build({
    entryPoints: {
      ...Object.fromEntries(entries.map((name) => [name, path.join(root, `src/cli/${name}.ts`)])),
      compiler: path.join(root, "src/compiler/unit.ts"),
    },
    plugins: [lazyCompiler],
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "cjs",
    minifyWhitespace: true,
    minifySyntax: true,
    charset: "ascii",
    logLevel: "warning",
  });
  writeFileSync(path.join(outdir, "third-party-licences.txt"), notices().join("\n"));
}

/** The runtime library, compiled by the compiler that was just built. */
async function compileRuntime(outdir) {
  const { compileLibrary } = await import("../dist/library/index.js");
  const folder = path.join(root, "src/library");
  const names = readdirSync(folder).filter((name) => name.endsWith(".spl"));
  const sources = names
    .toSorted()
    .map((name) => ({ name, text: readFileSync(path.join(folder, name), "utf8") }));
  writeFileSync(path.join(outdir, "library.wasm"), compileLibrary(sources));
}

/** The functions that the warm-up runs are those that the cache holds. `folder` is laid out as the package. */
function writeCodeCache(folder) {
  const program = path.join(root, "tools/warm-up.spl");
  const call = `require("./dist/bin/load.cjs").start(process.cwd(), ["run", ${JSON.stringify(program)}, "--stats"])`;
  try {
    execFileSync(process.execPath, ["--eval", call], {
      cwd: folder,
      env: { ...process.env, ANNEAL_WRITE_CODE_CACHE: "1" },
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
    });
  } catch (error) {
    console.error(`no code cache: the warm-up program failed\n${error.stderr}`);
  }
}

mkdirSync(path.join(root, "dist"), { recursive: true });
const stage = mkdtempSync(path.join(root, "dist/.stage-"));
try {
  await bundle(path.join(stage, "dist/bin"));
  await compileRuntime(path.join(stage, "dist/bin"));
  copyFileSync(path.join(root, "package.json"), path.join(stage, "package.json"));
  writeCodeCache(stage);
  const target = path.join(root, "dist/bin");
  rmSync(target, { recursive: true, force: true });
  renameSync(path.join(stage, "dist/bin"), target);
} finally {
  rmSync(stage, { recursive: true, force: true });
}
