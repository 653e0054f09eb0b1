// The doors of the layers: index.ts files that re-export by name, and doc comments of what they export.
import path from "node:path";

/** Doors that hold anything but re-exports, of values by name. Types may come as a whole module. */
export function checkDoors(sources) {
  const problems = [];
  for (const source of doorsOf(sources)) {
    for (const statement of source.tree.body) {
      if (statement.type === "ExportNamedDeclaration" && statement.source !== null) continue;
      if (statement.type === "ExportAllDeclaration" && statement.exportKind === "type") continue;
      problems.push(
        `${source.path}: a door holds re-exports only, of values by name (${statement.type})`,
      );
    }
  }
  for (const source of sources) {
    if (source.tree.body.some(({ type }) => type === "ExportDefaultDeclaration")) {
      problems.push(`${source.path}: has a default export`);
    }
  }
  return problems;
}

function doorsOf(sources) {
  return sources.filter((source) => path.posix.basename(source.path) === "index.ts");
}

/** Names that doors export: how many in all, and those without a doc comment. */
export function undocumentedExports(sources) {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const names = new Map();
  for (const source of doorsOf(sources)) {
    for (const statement of source.tree.body) {
      if (statement.type !== "ExportNamedDeclaration" || !statement.source) continue;
      const target = path.posix.join(path.posix.dirname(source.path), statement.source.value);
      for (const { local } of statement.specifiers) {
        const documented = isDocumented(byPath, target, local.name);
        names.set(`${target}: \`${local.name}\``, documented);
      }
    }
  }
  const undocumented = [...names].filter(([, documented]) => !documented).map(([name]) => name);
  return { total: names.size, undocumented };
}

function isDocumented(byPath, target, name) {
  const source = byPath.get(target);
  const statement = source?.tree.body.find((candidate) => declares(candidate, name));
  if (statement === undefined) return true;
  return /\*\/\s*$|(^|\n)\/\/[^\n]*\n$/.test(source.text.slice(0, statement.start));
}

function declares(statement, name) {
  const declaration = statement.declaration;
  if (statement.type !== "ExportNamedDeclaration" || !declaration) return false;
  if (declaration.id?.name === name) return true;
  return declaration.declarations?.some(({ id }) => id.name === name) ?? false;
}
