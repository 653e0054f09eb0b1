// Bundles the command line into one file for each thread, dist/bin/main.cjs, worker.cjs and background.cjs: start-up time is a promise, and
// one CommonJS file loads about 10 ms faster than the module graph. Nothing is left to install at run time.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const root = path.join(import.meta.dirname, "..");

/** Packages whose code ends up in the bundle; their licences go beside it. */
const bundledPackages = ["commander"];

function notices() {
  return bundledPackages.map((name) => {
    const folder = path.join(root, "node_modules", name);
    const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    return `${name} ${version}\n\n${readFileSync(path.join(folder, "LICENSE"), "utf8").trim()}\n`;
  });
}

/** Bundles into a folder; `plugins` are esbuild's. */
export async function bundle(outdir, plugins = []) {
  await build({
    entryPoints: {
      main: path.join(root, "src/cli/main.ts"),
      worker: path.join(root, "src/cli/worker.ts"),
      background: path.join(root, "src/cli/background-worker.ts"),
    },
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "cjs",
    minifyWhitespace: true,
    minifySyntax: true,
    plugins,
    logLevel: "warning",
  });
  writeFileSync(path.join(outdir, "third-party-licences.txt"), notices().join("\n"));
}

if (process.argv[1] === import.meta.filename) await bundle(path.join(root, "dist/bin"));
