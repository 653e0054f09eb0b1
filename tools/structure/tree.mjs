// The TypeScript files under src/ with their syntax trees.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { parseAst } from "rolldown/parseAst";

export const root = path.join(import.meta.dirname, "../..");

/**
 * Every source file: `path` (from the root, with `/`), `text`, `tree`, `layer` (`base`, `codegen/wasm`, …) and whether
 * it is a unit test.
 */
export function loadSources(layers) {
  const paths = readdirSync(path.join(root, "src"), { recursive: true })
    .map((name) => path.posix.join("src", name.split(path.sep).join("/")))
    .filter((name) => name.endsWith(".ts"))
    .toSorted();
  return paths.map((name) => {
    const text = readFileSync(path.join(root, name), "utf8");
    const layer = layers.find((candidate) => name.startsWith(`src/${candidate}/`));
    const tree = parseAst(text, { lang: "ts" }, name);
    return { path: name, text, tree, layer, test: name.endsWith(".test.ts") };
  });
}

/** Calls `visit` for each node of a tree, parents first. */
export function walk(node, visit) {
  visit(node);
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const child of value) if (typeof child?.type === "string") walk(child, visit);
    } else if (typeof value?.type === "string") walk(value, visit);
  }
}

/** What a file imports: `target` (a path from the root, or a package's name), `relative`, `value` or only types. */
export function importsOf(source) {
  const found = [];
  const add = (literal, value) => {
    if (typeof literal?.value !== "string") return;
    const name = literal.value;
    const relative = name.startsWith(".");
    const target = relative ? path.posix.join(path.posix.dirname(source.path), name) : name;
    found.push({ target, relative, value });
  };
  walk(source.tree, (node) => {
    switch (node.type) {
      case "ImportDeclaration":
        add(node.source, carriesValue(node.importKind, node.specifiers, "importKind"));
        break;
      case "ExportNamedDeclaration":
        add(node.source, carriesValue(node.exportKind, node.specifiers, "exportKind"));
        break;
      case "ExportAllDeclaration":
        add(node.source, node.exportKind !== "type");
        break;
      case "ImportExpression":
        add(node.source, true);
        break;
      case "TSImportType":
        add(node.source, false);
        break;
    }
  });
  return found;
}

function carriesValue(kind, specifiers, kindName) {
  if (kind === "type") return false;
  return specifiers.length === 0 || specifiers.some((specifier) => specifier[kindName] !== "type");
}
