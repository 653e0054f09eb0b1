// `use`: names of other modules in this one.
import type * as ast from "../ast.ts";
import { pathSpan, type ModuleGraph, type ModuleUnit } from "../module-graph.ts";
import { suggestion } from "./names.ts";
import type { Reporter } from "./report.ts";
import type { Binding, Scope } from "./scope.ts";

/** The scopes of the program's modules and what their imports mean. */
export class Imports {
  readonly #graph: ModuleGraph;
  readonly #report: Reporter;
  readonly #scopes = new Map<ModuleUnit, Scope>();

  constructor(graph: ModuleGraph, report: Reporter) {
    this.#graph = graph;
    this.#report = report;
  }

  addModule(unit: ModuleUnit, scope: Scope): void {
    this.#scopes.set(unit, scope);
  }

  /** Declares the names of an import in a scope. Modules must have their own names by then. */
  bind(scope: Scope, use: ast.UseStmt): void {
    const target = this.#graph.targets.get(use);
    const last = use.path.at(-1);
    if (last === undefined) return;
    if (target === undefined) {
      this.#missing(scope, use, last);
      return;
    }
    const from = this.#scopes.get(target.unit);
    if (from === undefined) throw new Error(`${target.unit.name} has no scope`);
    if (target.item !== null) this.#bindItem(scope, target.unit, target.item);
    else if (use.items === null) {
      const { unit } = target;
      const names = (): readonly string[] => publicNames(unit, from);
      scope.declare({ kind: "module", name: last.text, path: unit.name, scope: from, names });
    } else if (use.items === "all") {
      for (const name of publicNames(target.unit, from)) {
        const binding = from.own(name);
        if (binding !== undefined && scope.own(name) === undefined) scope.declareAs(name, binding);
      }
    } else for (const item of use.items) this.#bindItem(scope, target.unit, item);
  }

  #bindItem(scope: Scope, unit: ModuleUnit, { text, span }: ast.Name): void {
    const from = this.#scopes.get(unit);
    const names = from === undefined ? [] : publicNames(unit, from);
    const binding = names.includes(text) ? from?.own(text) : undefined;
    if (binding !== undefined) {
      scope.declareAs(text, binding);
      return;
    }
    const hidden = from?.own(text) !== undefined;
    this.#report.error(
      "resolve/unknown-import",
      hidden
        ? `\`${text}\` is not exported by the module \`${unit.name}\``
        : `the module \`${unit.name}\` has no \`${text}\``,
      span,
      hidden ? `Add it to the \`export\` of \`${unit.name}\`.` : suggestion(text, names),
    );
    scope.declare({ kind: "import", name: text, span, reported: true });
  }

  /** The test framework and what else of `std` is built in needs no import: such names fail only when they are used. */
  #missing(scope: Scope, use: ast.UseStmt, last: ast.Name): void {
    const known = use.path[0]?.text === "std";
    if (!known) {
      const path = use.path.map(({ text }) => text).join(".");
      const file = use.path.map(({ text }) => text).join("/");
      this.#report.error(
        "resolve/unknown-module",
        `there is no module \`${path}\``,
        pathSpan(use),
        suggestion(path, this.#graph.names()) ??
          `It would be the file \`${file}.spl\` beside this one, in the folder of the main file or in its \`src\`.`,
      );
    }
    const names = use.items === "all" ? [] : (use.items ?? [last]);
    for (const { text, span } of names) {
      if (scope.own(text) === undefined)
        scope.declare({ kind: "import", name: text, span, reported: !known });
    }
  }
}

/** What importers see: the names of the `export` statements if there are any, else everything declared. */
function publicNames(unit: ModuleUnit, scope: Scope): readonly string[] {
  const exported = unit.tree.body.flatMap((statement) =>
    statement.kind === "export" ? statement.names.map(({ text }) => text) : [],
  );
  return exported.length > 0
    ? exported
    : scope.ownNames().filter((name) => !isImported(scope.own(name)));
}

function isImported(binding: Binding | undefined): boolean {
  return binding?.kind === "import" || binding?.kind === "module";
}
