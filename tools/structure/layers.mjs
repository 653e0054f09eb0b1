// The direction of dependencies: imports against tsconfig references, references against docs/architecture.md.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { importsOf, root } from "./tree.mjs";

/** Each layer's name with the layers that its tsconfig.json references; deeper folders first. */
export function readLayers() {
  const names = readdirSync(path.join(root, "src"), { recursive: true })
    .filter((name) => path.basename(name) === "tsconfig.json")
    .map((name) => path.dirname(name).split(path.sep).join("/"));
  names.sort((a, b) => b.split("/").length - a.split("/").length || (a < b ? -1 : 1));
  return new Map(names.map((name) => [name, referencesOf(name)]));
}

function referencesOf(layer) {
  const folder = path.join(root, "src", layer);
  const { references = [] } = JSON.parse(readFileSync(path.join(folder, "tsconfig.json"), "utf8"));
  return references.map((reference) =>
    path.relative(path.join(root, "src"), path.join(folder, reference.path)).replaceAll("\\", "/"),
  );
}

/** Imports that no reference allows, and imports of another layer that do not go through a door. */
export function checkImports(sources, layers) {
  const problems = [];
  for (const source of sources) {
    if (source.layer === undefined) {
      problems.push(`${source.path}: belongs to no layer`);
      continue;
    }
    for (const { target, relative } of importsOf(source)) {
      if (!relative) continue;
      const layer = [...layers.keys()].find((name) => target.startsWith(`src/${name}/`));
      if (layer === undefined && source.test) continue;
      if (layer === undefined) problems.push(`${source.path}: imports ${target}, outside src/`);
      if (layer === undefined || layer === source.layer) continue;
      if (!source.test && !layers.get(source.layer).includes(layer)) {
        problems.push(`${source.path}: ${source.layer} may not import ${layer} (${target})`);
      }
      if (path.basename(target) !== "index.ts") {
        problems.push(`${source.path}: imports ${target} past the door of ${layer}`);
      }
    }
  }
  return problems;
}

/** Differences between the table "Layers" of docs/architecture.md and the tsconfig files; missing READMEs. */
export function checkTable(layers) {
  const table = readTable();
  const problems = [];
  for (const [layer, references] of layers) {
    if (!existsSync(path.join(root, "src", layer, "README.md"))) {
      problems.push(`src/${layer}: has no README.md`);
    }
    const allowed = table.get(layer);
    if (allowed === undefined) {
      problems.push(`docs/architecture.md: the table lacks ${layer}`);
      continue;
    }
    const extra = references.filter((name) => !allowed.layers.includes(name)).join(", ");
    if (extra !== "") {
      problems.push(`src/${layer}/tsconfig.json: references ${extra}, the table does not`);
    }
    const lacking = allowed.layers.filter((name) => !references.includes(name)).join(", ");
    if (allowed.exact && lacking !== "") {
      problems.push(`docs/architecture.md: ${layer} may import ${lacking}, tsconfig.json does not`);
    }
  }
  for (const layer of table.keys()) {
    if (!layers.has(layer)) problems.push(`docs/architecture.md: there is no layer ${layer}`);
  }
  return problems;
}

/** Rows of the table: the layers allowed; not `exact` where the table says "anything" or "all of the above". */
function readTable() {
  const text = readFileSync(path.join(root, "docs/architecture.md"), "utf8");
  const [, section = ""] = text.split(/^## Layers$/m);
  const rows = [...section.split(/^## /m)[0].matchAll(/^\| `([^`]+)` \|[^|]*\| ([^|]+) \|$/gm)];
  const names = rows.map(([, name]) => name);
  return new Map(
    rows.map(([, name, allowed], index) => {
      if (allowed === "nothing") return [name, { layers: [], exact: true }];
      if (allowed === "anything") return [name, { layers: names, exact: false }];
      if (allowed === "all of the above") {
        return [name, { layers: names.slice(0, index), exact: false }];
      }
      return [name, { layers: allowed.split(", "), exact: true }];
    }),
  );
}

/** Groups of files that import each other by value, each as one line. */
export function findCycles(sources) {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .filter(({ relative, value }) => relative && value)
        .map(({ target }) => target),
    ]),
  );
  const state = new Map();
  const cycles = [];
  const visit = (node, trail) => {
    if (state.get(node) === "done") return;
    const at = trail.indexOf(node);
    if (at >= 0) {
      cycles.push(`value imports in a circle: ${[...trail.slice(at), node].join(" → ")}`);
      return;
    }
    for (const target of graph.get(node) ?? []) visit(target, [...trail, node]);
    state.set(node, "done");
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}
