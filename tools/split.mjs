// Splits a bundle by what start-up runs: modules of which no function is called by the start-up programs go into a second
// bundle, "rest", which is loaded at the first call of one of its functions. V8 would otherwise have to make thousands of
// functions, from its code cache, before the first line of a program can run.
//
// In the first bundle a function of the rest is replaced by one that loads the rest and calls it. The rest gets what it
// needs of the first bundle from the exports of that, so nothing exists twice. A module whose constants or classes are
// needed by the first bundle belongs to it.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.join(import.meta.dirname, "..");
const output = path.join(root, "dist");

/** Folders of `src` whose modules may go to the rest: none that runs while a program runs. */
const movable = [
  "analysis",
  "cli",
  "codegen",
  "compiler",
  "engine",
  "frontend",
  "interp/mir",
  "ir",
  "loader/native",
  "lower",
  "object",
];

/** Have bundles of their own. */
const separate = new Set(["cli/kernels.js", "native/native-backend.js", "compiler/unit.js"]);

const clause = /^(import|export)\s*\{([^}]*)\}\s*from\s*"(\.[^"]+)"/gm;

/** What a module imports, and passes on, of other modules: `[from, name there, name here]`. */
function readModule(id) {
  const file = path.join(output, id);
  const imports = [];
  const passed = new Map();
  for (const [, kind, names, target] of readFileSync(file, "utf8").matchAll(clause)) {
    const from = path.relative(output, path.join(path.dirname(file), target));
    for (const part of names.split(",")) {
      const [name, alias = name] = part.trim().split(/\s+as\s+/);
      if (name === "") continue;
      if (kind === "import") imports.push([from, name]);
      else passed.set(alias, [from, name]);
    }
  }
  return { imports, passed };
}

/**
 * The modules that the entry reaches, by their path in `dist`, with the definitions that each imports: `[module, name]`. Doors are
 * looked through: what they pass on and nobody here wants is not reached.
 */
function readGraph(entry) {
  const read = new Map();
  const moduleOf = (id) => {
    if (!read.has(id)) read.set(id, readModule(id));
    return read.get(id);
  };
  const definition = ([id, name]) => {
    const next = separate.has(id) ? undefined : moduleOf(id).passed.get(name);
    return next === undefined ? [id, name] : definition(next);
  };
  const graph = new Map();
  const pending = [entry];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (graph.has(id)) continue;
    const wanted = separate.has(id) ? [] : moduleOf(id).imports.map(definition);
    graph.set(id, wanted);
    for (const [from] of wanted) pending.push(from);
  }
  return graph;
}

/** The modules of which a start-up program calls a function after they have been loaded. */
function profile({ folder, programs }) {
  const script = path.join(import.meta.dirname, "start-up-profile.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, folder, ...programs], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`the start-up programs failed\n${stderr}`);
  return new Set(JSON.parse(stderr));
}

const importModule = (id) => import(pathToFileURL(path.join(output, id)).href);

async function isFunction(id, name) {
  const value = (await importModule(id))[name];
  return typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value));
}

/** The modules of the first bundle that are not to be moved, and those of the rest. */
async function divide(graph, entry, called) {
  const first = new Set([entry]);
  const canMove = (id) =>
    !separate.has(id) && movable.some((folder) => id.startsWith(`${folder}/`));
  for (const id of graph.keys()) if (called.has(id) || !canMove(id)) first.add(id);
  const pending = [...first];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    for (const [from, name] of graph.get(id)) {
      if (first.has(from) || (await isFunction(from, name))) continue;
      first.add(from);
      pending.push(from);
    }
  }
  return first;
}

/** The names that `takers` import of other modules, by module. */
function wantedNames(graph, takers, isWanted) {
  const names = new Map();
  for (const id of takers) {
    for (const [from, name] of graph.get(id)) {
      if (!isWanted(from)) continue;
      if (!names.has(from)) names.set(from, new Set());
      names.get(from).add(name);
    }
  }
  return names;
}

const sourceOf = (id) => path.join(root, "src", id.replace(/\.js$/, ".ts"));
const idOf = (file) => path.relative(path.join(root, "src"), file).replace(/\.ts$/, ".js");

/** A unique name for each of `names`, to export it from a bundle. */
function numbered(names) {
  const list = [...names].flatMap(([id, found]) => [...found].map((name) => [id, name]));
  return list.map(([id, name], index) => ({ id, name, exported: `${name}$${index}` }));
}

/** Stands in for the modules of the other bundle: `contents` has the text of one, by its path in `dist`. */
function standIns(entry, contents) {
  return {
    name: "stand-ins",
    setup(build) {
      build.onResolve({ filter: /^[./]/ }, ({ importer, path: file }) => {
        if (file === entry) return { path: file, sideEffects: true };
        if (file === "./load.cjs") return { path: file, external: true };
        if (file === "./first.cjs") return { path: "first", namespace: "stand-in" };
        const id = idOf(path.resolve(path.dirname(importer), file));
        return contents.has(id) ? { path: id, namespace: "stand-in", sideEffects: false } : null;
      });
      build.onLoad({ filter: /./, namespace: "stand-in" }, ({ path: id }) => ({
        contents: contents.get(id),
        resolveDir: root,
      }));
    },
  };
}

/** The text of each module's stand-in. What only doors name is never used, but must be there. */
async function textsOf(list, head, line) {
  const texts = new Map();
  for (const item of list) texts.set(item.id, `${texts.get(item.id) ?? head}${line(item)}\n`);
  for (const [id, text] of texts) {
    const wanted = new Set(list.filter((item) => item.id === id).map(({ name }) => name));
    const others = Object.keys(await importModule(id)).filter((name) => !wanted.has(name));
    texts.set(id, `${text}${others.map((name) => `export let ${name};`).join("\n")}`);
  }
  return texts;
}

/** Exports an object of the names, made by `make` when it is asked for: thousands of exports would each have a function. */
const exporting = (list, make) => [
  ...list.map(({ id, name, exported }) => {
    return `import { ${name} as ${exported} } from ${JSON.stringify(sourceOf(id))};`;
  }),
  make(`{ ${list.map(({ exported }) => exported).join(", ")} }`),
];

/**
 * The two bundles as options for esbuild: `first` is that of `entry`, a path in `dist`, whose exports are those that the rest
 * needs. `startUp` has the start-up programs, and the folder of a package whose library they use.
 */
export async function splitBundle(name, entry, startUp) {
  const graph = readGraph(entry);
  const first = await divide(graph, entry, profile(startUp));
  const rest = [...graph.keys()].filter((id) => !first.has(id));
  const moved = new Set(rest);
  const calls = numbered(wantedNames(graph, first, (id) => moved.has(id)));
  const shared = numbered(wantedNames(graph, rest, (id) => first.has(id) && !separate.has(id)));
  const load = 'import { load } from "./load.cjs";\n';
  const bundle = 'import { bundle } from "./first.cjs";\n';
  const called = await textsOf(
    calls,
    load,
    ({ name: own, exported }) =>
      `export const ${own} = (...args) => load("rest").calls.${exported}(...args);`,
  );
  const given = await textsOf(
    shared,
    bundle,
    ({ name: own, exported }) => `export const ${own} = bundle.${exported};`,
  );
  const source = `${load}export const bundle = load(${JSON.stringify(name)}).share();`;
  const stdin = (lines) => ({ contents: lines.join("\n"), resolveDir: root, loader: "ts" });
  const start = sourceOf(entry);
  return {
    first: {
      // A function declaration: the entry may call the rest before the end of this file is reached.
      stdin: stdin([
        ...exporting(shared, (object) => `export function share() { return ${object}; }`),
        `export * from ${JSON.stringify(start)};`,
      ]),
      plugins: [standIns(start, called)],
    },
    rest: {
      stdin: stdin(exporting(calls, (object) => `export const calls = ${object};`)),
      plugins: [standIns(start, given.set("first", source))],
    },
  };
}
