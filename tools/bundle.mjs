// Bundles the command line into dist/bin: a CommonJS file for each thread, which loads about 10 ms faster than the
// module graph, and nothing is left to install at run time. What a small program does not need on its thread is in bundles
// that are loaded later: the compiler of units, and the rest (split.mjs). Then runs programs to leave V8's code caches
// beside the bundles (src/cli/load.ts). All of it is made in a folder of its own and moved at the end, so that a
// cache never stands beside other code than its own.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
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
import { checkStartUp } from "./start-up-budget.mjs";
import { splitBundle } from "./split.mjs";

const root = path.join(import.meta.dirname, "..");

/** Packages whose code ends up in the bundle; their licences go beside it. */
const bundledPackages = ["commander", "@msgpack/msgpack", "valibot", "ws"];

/** What users wait for at the start of a program. */
const startUpPrograms = [path.join(root, "tools/start-up.spl")];

/** Where Node finds a package: in this folder or one around it. */
function packageFolder(name) {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const found = path.join(folder, "node_modules", name);
    if (existsSync(found) || folder === path.dirname(folder)) return found;
  }
}

function notices() {
  return bundledPackages.map((name) => {
    const folder = packageFolder(name);
    const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    const licence = ["LICENSE", "LICENSE.md"].find((file) => existsSync(path.join(folder, file)));
    return `${name} ${version}\n\n${readFileSync(path.join(folder, licence), "utf8").trim()}\n`;
  });
}

/**
 * Modules that most programs do without, each in a bundle of its own, loaded at the first call of one of its functions:
 * the compiler of units is needed when something gets hot, the native backend when it is asked for. What two bundles hold,
 * they share by shape alone: no class of theirs is tested for.
 */
const lazyModules = {
  compiler: {
    file: "src/compiler/unit.ts",
    functions: [
      "buildMir",
      "buildProfiledMir",
      "compileMir",
      "compileUnit",
      "emitUnit",
      "prepareMir",
    ],
  },
  kernels: { file: "src/cli/kernels.ts", functions: ["callKernel"] },
  "native-backend": {
    file: "src/native/native-backend.ts",
    functions: ["openNative", "openCompiler"],
  },
};

const lazyBundles = {
  name: "lazy-bundles",
  setup(build) {
    for (const [bundle, { file, functions }] of Object.entries(lazyModules)) {
      const whole = path.join(root, file);
      const end = path.basename(file).replace(".", "\\.");
      build.onResolve({ filter: new RegExp(`^\\./${end}$`) }, ({ importer, path: wanted }) => {
        if (path.join(path.dirname(importer), wanted) !== whole) return undefined;
        return { path: whole, namespace: `lazy-${bundle}` };
      });
      build.onLoad({ filter: /./, namespace: `lazy-${bundle}` }, () => ({
        contents: `
        let loaded;
        const load = () => (loaded ??= require("./load.cjs").load("${bundle}"));
        ${functions.map((name) => `export const ${name} = (...args) => load().${name}(...args);`).join("\n")}
      `,
        resolveDir: root,
      }));
    }
    build.onResolve({ filter: /^\.\/load\.cjs$/ }, ({ path: file }) => ({
      path: file,
      external: true,
    }));
  },
};

/** The files that have code in a bundle, without those that stand in for others, with the bytes of each. */
function modulesIn({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const own = inputs.filter(
    ([file, { bytesInOutput }]) => bytesInOutput > 0 && /^[^:]*\.ts$/.test(file),
  );
  return new Map(own.map(([file, { bytesInOutput }]) => [file, bytesInOutput]));
}

/** A bundle for each thread, and those that are loaded later. `folder` is laid out as the package, with the library. */
async function bundle(folder) {
  const outdir = path.join(folder, "dist/bin");
  const { first, rest } = await splitBundle("worker", "cli/worker.js", {
    folder,
    programs: startUpPrograms,
  });
  const bundles = {
    load: { entryPoints: [path.join(root, "src/cli/load.ts")] },
    main: { entryPoints: [path.join(root, "src/cli/main.ts")] },
    ...Object.fromEntries(
      Object.entries(lazyModules).map(([name, { file }]) => [
        name,
        { entryPoints: [path.join(root, file)] },
      ]),
    ),
    module: { entryPoints: [path.join(root, "src/cli/module-bundle.ts")] },
    serve: { entryPoints: [path.join(root, "src/cli/serve.ts")] },
    "serve-thread": { entryPoints: [path.join(root, "src/cli/serve-thread.ts")] },
    device: { entryPoints: [path.join(root, "src/cli/device.ts")] },
    "device-thread": { entryPoints: [path.join(root, "src/agent/worker.ts")] },
    "device-native": { entryPoints: [path.join(root, "src/agent/native-worker.ts")] },
    worker: first,
    rest,
  };
  const contents = {};
  for (const [name, { plugins = [], ...entry }] of Object.entries(bundles)) {
    const { metafile } = await build({
      ...entry,
      metafile: true,
      plugins: [lazyBundles, ...plugins],
      outfile: path.join(outdir, `${name}.cjs`),
      bundle: true,
      platform: "node",
      target: "node20.19",
      format: "cjs",
      // The command line says where its files are.
      define: { "import.meta.url": "undefined" },
      minifyWhitespace: true,
      minifySyntax: true,
      charset: "ascii",
      logLevel: "warning",
    });
    contents[name] = modulesIn(metafile);
  }
  const twice = [...contents.rest.keys()].filter((file) => contents.worker.has(file));
  if (twice.length > 0) throw new Error(`in two bundles of one thread: ${twice.join(", ")}`);
  checkStartUp(contents.worker);
  writeFileSync(path.join(outdir, "third-party-licences.txt"), notices().join("\n"));
}

/** The runtime library, compiled by the compiler that was just built. */
async function compileRuntime(outdir) {
  const { compileLibrary, compileLibraryMir } = await import("../dist/library/index.js");
  const { printModule } = await import("../dist/ir/mir/index.js");
  const folder = path.join(root, "src/library");
  const names = readdirSync(folder).filter((name) => name.endsWith(".spl"));
  const sources = names
    .toSorted()
    .map((name) => ({ name, text: readFileSync(path.join(folder, name), "utf8") }));
  writeFileSync(path.join(outdir, "library.wasm"), compileLibrary(sources));
  // For native backends, which compile it on the machine that it is for.
  writeFileSync(path.join(outdir, "library.mir"), printModule(compileLibraryMir(sources)));
}

/** The sources of kernels, which are compiled for the machine that they run on. */
function copyKernels() {
  const folder = path.join(root, "src/kernels");
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".spl"))) {
    copyFileSync(path.join(folder, name), path.join(root, "dist/kernels", name));
  }
}

/**
 * Writes the code caches of `bundles`, or of all that it loads, with the functions that the program runs. `folder` is laid
 * out as the package.
 */
function writeCodeCaches(folder, program, { bundles, options = [] }) {
  const args = JSON.stringify(["run", program, "--stats", ...options]);
  const call = `require("./dist/bin/load.cjs").start(process.cwd(), ${args})`;
  try {
    execFileSync(process.execPath, ["--eval", call], {
      cwd: folder,
      env: { ...process.env, ANNEAL_WRITE_CODE_CACHE: bundles.join() },
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
    });
  } catch (error) {
    console.error(`no code cache: ${program} failed\n${error.stderr}`);
  }
}

mkdirSync(path.join(root, "dist"), { recursive: true });
const stage = mkdtempSync(path.join(root, "dist/.stage-"));
try {
  mkdirSync(path.join(stage, "dist/bin"), { recursive: true });
  await compileRuntime(path.join(stage, "dist/bin"));
  await bundle(stage);
  copyKernels();
  copyFileSync(path.join(root, "package.json"), path.join(stage, "package.json"));
  writeCodeCaches(stage, path.join(root, "tools/warm-up.spl"), {
    bundles: ["compiler", "main", "native-backend", "rest"],
  });
  for (const program of startUpPrograms) {
    writeCodeCaches(stage, program, { bundles: ["worker"] });
  }
  // The cache of programs that ask for native code, in a file of its own (src/cli/load.ts).
  writeCodeCaches(stage, path.join(root, "tools/tiers.spl"), {
    bundles: ["worker"],
    options: ["--backend", "auto"],
  });
  const target = path.join(root, "dist/bin");
  rmSync(target, { recursive: true, force: true });
  renameSync(path.join(stage, "dist/bin"), target);
} finally {
  rmSync(stage, { recursive: true, force: true });
}
