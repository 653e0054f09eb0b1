// The modules of a program: the main file and what it imports, directly or not.
import type { DiagnosticSink, SourceFile, Span } from "../../base/index.ts";
import type * as ast from "./ast.ts";
import { walk } from "./analyze/free-names.ts";
import { LibraryFiles, libraryNames } from "./library/modules.ts";
import { parse } from "./parser.ts";

/**
 * Finds the file of a module path such as `["lib", "pure", "nn"]` for an import in `from`; null if there is none. The
 * same module must give the same object each time.
 */
export type ModuleResolver = (path: readonly string[], from: SourceFile) => SourceFile | null;

/** A parsed module. */
export interface ModuleUnit {
  /** Dotted path by which it was found first; empty for the main file. */
  readonly name: string;
  readonly file: SourceFile;
  readonly tree: ast.Module;
}

/** What a `use` statement names: a module, or a module and items in it. */
export interface UseTarget {
  readonly unit: ModuleUnit;
  /** The last segment of the path is an item of the module. */
  readonly item: ast.Name | null;
}

/** The modules in the order in which their top levels run (the main file last), and what each import means. */
export class ModuleGraph {
  readonly units: ModuleUnit[] = [];
  readonly targets = new Map<ast.UseStmt, UseTarget>();
  readonly #byFile: Map<SourceFile, ModuleUnit>;
  readonly #resolve: ModuleResolver;
  readonly #library = new LibraryFiles();
  readonly #sink: DiagnosticSink;

  /** `main` is parsed already if it is a tree. The modules of an earlier graph are not parsed again. */
  constructor(
    main: SourceFile | ast.Module,
    sink: DiagnosticSink,
    resolve: ModuleResolver,
    earlier?: ModuleGraph,
  ) {
    this.#resolve = resolve;
    this.#sink = sink;
    this.#byFile = new Map(earlier?.imported().map((unit) => [unit.file, unit]));
    for (const [use, target] of earlier?.targets ?? [])
      if (this.#byFile.has(use.span.file)) this.targets.set(use, target);
    this.units.push(...(earlier?.imported() ?? []));
    if ("body" in main) this.#add({ name: "", file: main.file, tree: main });
    else this.#load("", main);
  }

  /** All modules but the main one. */
  imported(): readonly ModuleUnit[] {
    return this.units.slice(0, -1);
  }

  /** The names of the modules that could be imported, as far as they are known. */
  names(): readonly string[] {
    return [...new Set([...this.imported().map(({ name }) => name), ...libraryNames])];
  }

  #load(name: string, file: SourceFile): ModuleUnit {
    const known = this.#byFile.get(file);
    if (known !== undefined) return known;
    const unit: ModuleUnit = { name, file, tree: parse(file, this.#sink) };
    this.#add(unit);
    return unit;
  }

  #add(unit: ModuleUnit): void {
    this.#byFile.set(unit.file, unit);
    for (const use of unit.tree.body.flatMap(usesIn)) this.#import(unit, use);
    this.units.push(unit);
  }

  #import(unit: ModuleUnit, use: ast.UseStmt): void {
    const find = (path: readonly string[]): SourceFile | null => this.#resolve(path, unit.file);
    const library = (path: readonly string[]): SourceFile | null => this.#library.find(path);
    if (!this.#importFrom(use, find)) this.#importFrom(use, library);
  }

  /** Whether the import is of a module that is found, or of an item of such a module. */
  #importFrom(use: ast.UseStmt, find: (path: readonly string[]) => SourceFile | null): boolean {
    const path = use.path.map(({ text }) => text);
    const whole = find(path);
    if (whole !== null) {
      this.targets.set(use, { unit: this.#load(path.join("."), whole), item: null });
      return true;
    }
    const item = use.path.at(-1);
    const outer = path.slice(0, -1);
    const around = outer.length === 0 || use.items !== null ? null : find(outer);
    if (around === null || item === undefined) return false;
    this.targets.set(use, { unit: this.#load(outer.join("."), around), item });
    return true;
  }
}

const usesOf = new WeakMap<ast.Stmt, readonly ast.UseStmt[]>();

function usesIn(statement: ast.Stmt): readonly ast.UseStmt[] {
  const known = usesOf.get(statement);
  if (known !== undefined) return known;
  const uses: ast.UseStmt[] = [];
  walk(statement, (node) => {
    if (isUse(node)) uses.push(node);
    return true;
  });
  usesOf.set(statement, uses);
  return uses;
}

function isUse(node: object): node is ast.UseStmt {
  return "kind" in node && node.kind === "use";
}

/** Where a program without a file resolver finds modules: nowhere. */
export const noModules: ModuleResolver = () => null;

/** The place of an import, for messages. */
export function pathSpan(use: ast.UseStmt): Span {
  const [first] = use.path;
  const last = use.path.at(-1);
  if (first === undefined || last === undefined) return use.span;
  return { file: first.span.file, start: first.span.start, end: last.span.end };
}
