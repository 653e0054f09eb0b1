// A session: pieces of source that are evaluated one after the other, each with what the ones before have declared.
//
// Each piece is analysed together with all declarations that are still in force, as one program whose top level is the
// piece alone. So a definition may replace an earlier one, and everything that uses it is checked and built again.
import type { Diagnostic, DiagnosticSink, SourceFile, Span } from "../../base/index.ts";
import type { HirLayout, HirModule } from "../../ir/hir/index.ts";
import type { LinkedSignature } from "../../runtime/index.ts";
import { analyzeInSession, type SessionAnalysis } from "./analyze/module.ts";
import { Layouts } from "./analyze/layouts.ts";
import type { Externs } from "./analyze/host.ts";
import { typeExpression } from "./analyze/type-expressions.ts";
import type * as ast from "./ast.ts";
import { ModuleGraph, noModules, type ModuleResolver } from "./module-graph.ts";
import { outlineOf, type OutlineEntry } from "./outline.ts";
import { parse } from "./parser.ts";
import { declaredNames, keptBeside, settledBeside } from "./session-changes.ts";

/** A piece that has been analysed and not run yet. */
export interface Evaluation {
  readonly module: HirModule;
  /** Files whose top levels this piece runs first. */
  readonly imports: readonly SourceFile[];
  /** The type of its last expression, as messages spell it; null if that has no value. */
  readonly valueType: string | null;
  /** Whether it declares a type, trait or alias anew with another content: code of before must not call code of it. */
  readonly changesTypes: boolean;
  /**
   * The names of the functions and variables that are not as they were; functions of other names are in the module only if
   * something in it needs them. Null: everything is in the module.
   */
  readonly changed: ReadonlySet<string> | null;
  /** Whether it declares anything for later pieces. */
  readonly declares: boolean;
  /** The names that it declares. */
  readonly names: readonly string[];
  /** Whether it declares functions and nothing else. */
  readonly functionsOnly: boolean;
  /**
   * Keeps the declarations of the piece for those that follow. `whole` is false if the piece was stopped by an error:
   * then its variables, which may have no value yet, are dropped.
   */
  keep(whole: boolean): void;
}

/** What a piece does besides its statements: see `SourceSession.evaluate`. */
export type PieceEnd = "value" | "values" | "main" | "nothing";

/** The state of a session between two pieces, to come back to. */
export interface SessionState {
  readonly kept: readonly ast.Stmt[];
  readonly symbols: ReadonlyMap<ast.BindingStmt, string>;
  readonly graph: ModuleGraph | undefined;
  readonly layouts: Layouts | undefined;
  readonly layoutCount: number;
  readonly ran: ReadonlySet<SourceFile>;
  readonly count: number;
}

/** Functions that pieces may declare, besides those of every host. */
export interface HostFunctions {
  /** Of the application. */
  readonly externs?: Externs | undefined;
  /** Of native modules, and the kernels; calls go by their numbers in this list. */
  readonly linked?: readonly LinkedSignature[] | undefined;
}

/** A piece that has been analysed. */
interface Prepared {
  readonly analysis: SessionAnalysis;
  readonly graph: ModuleGraph;
  readonly fresh: readonly ast.Stmt[];
  /** The declarations of earlier pieces that stay. */
  readonly kept: readonly ast.Stmt[];
  readonly changesTypes: boolean;
  readonly changed: ReadonlySet<string> | null;
  readonly warnings: readonly Diagnostic[];
}

/** The front end's side of a session. */
export class SourceSession {
  readonly #resolve: ModuleResolver;
  readonly #host: HostFunctions;
  /** Declarations in force, in order. Those of variables have their types written out. */
  #kept: readonly ast.Stmt[] = [];
  #symbols = new Map<ast.BindingStmt, string>();
  /** What the symbols of variables are numbered from; so they are the same when the same pieces are analysed again. */
  #count = 0;
  #graph: ModuleGraph | undefined;
  #layouts: Layouts | undefined;
  #ran = new Set<SourceFile>();
  #buildsAll = false;
  /** Symbols of variables of modules, which are there from their import on. */
  readonly #imported = new Set<string>();
  /** Warnings of the pieces that were kept: codes and places. */
  readonly #told = new WeakMap<SourceFile, Set<string>>();

  constructor(resolve: ModuleResolver = noModules, host: HostFunctions = {}) {
    this.#resolve = resolve;
    this.#host = host;
  }

  /** The state to come back to with `restore`. */
  state(): SessionState {
    return {
      kept: this.#kept,
      symbols: new Map(this.#symbols),
      graph: this.#graph,
      layouts: this.#layouts,
      layoutCount: this.#layouts?.all.length ?? 0,
      ran: this.#ran,
      count: this.#count,
    };
  }

  /**
   * Forgets what was evaluated since. `entirely`: as if it never was. Otherwise values of it may be alive: numbers of types
   * and variables are not given again.
   */
  restore(state: SessionState, entirely: boolean): void {
    this.#kept = state.kept;
    this.#symbols = new Map(state.symbols);
    this.#graph = state.graph;
    this.#ran = new Set(state.ran);
    if (!entirely) return;
    this.#count = state.count;
    this.#layouts = state.layouts;
    if (state.layouts !== undefined) state.layouts.all.length = state.layoutCount;
  }

  /** The next piece builds all functions that are declared, not only those that it concerns. */
  buildEverything(): void {
    this.#buildsAll = true;
  }

  /** Makes this session go on where another one with the same pieces has stopped: its layouts, and the number of its variables. */
  continueFrom(layouts: readonly HirLayout[], count: number): void {
    this.#layouts = new Layouts({ all: [...layouts] });
    this.#count = count;
  }

  /** Gives the variables of the next piece the numbers that they had when it was analysed elsewhere. */
  numberFrom(count: number): void {
    this.#count = count;
  }

  /** Names that are declared, for completion. */
  names(): string[] {
    return this.#kept.flatMap(declaredNames);
  }

  /** The files of the declarations in force, also of imported modules. */
  files(): SourceFile[] {
    return [...this.#ran, ...new Set(this.#kept.map(({ span }) => span.file))];
  }

  /** The declarations in force, for editors. */
  outline(): OutlineEntry[] {
    return this.#kept.flatMap(outlineOf);
  }

  /** Symbols of the variables in force, also of imported modules. */
  variables(): string[] {
    const own = this.#kept.flatMap((statement) =>
      statement.kind === "binding" ? [this.#symbolOf(statement)] : [],
    );
    return [...this.#imported, ...own];
  }

  /**
   * Analyses a piece. With `value` its last expression, if it has a value, is printed, with `values` each expression at its top
   * level, and all its lines may be indented; with `main` it is a program, whose `main` is called. Null when there were errors, which the sink then has; nothing has changed then.
   */
  evaluate(file: SourceFile, sink: DiagnosticSink, end: PieceEnd): Evaluation | null {
    const prepared = this.#analyse(file, sink, end);
    if (prepared === null) return null;
    const { analysis, graph } = prepared;
    const { module } = analysis;
    if (module === null) return null;
    const imported = graph.imported().map((unit) => unit.file);
    return {
      module,
      changesTypes: prepared.changesTypes,
      changed: prepared.changed,
      declares: prepared.fresh.some(declares),
      names: prepared.fresh.flatMap(declaredNames).filter((name) => !name.startsWith("$")),
      functionsOnly: prepared.fresh.filter(declares).every(({ kind }) => kind === "function"),
      imports: imported.filter((unit) => !this.#ran.has(unit)),
      valueType: analysis.lastType,
      keep: (whole) => {
        this.#buildsAll = false;
        this.#graph = graph;
        this.#layouts = analysis.layouts;
        this.#ran = new Set(imported);
        this.#keep(prepared, whole);
      },
    };
  }

  /** The type of an expression as messages spell it; null when there were errors. */
  typeOf(file: SourceFile, sink: DiagnosticSink): string | null {
    return this.#analyse(file, sink, "nothing")?.analysis.lastType ?? null;
  }

  #analyse(file: SourceFile, sink: DiagnosticSink, end: PieceEnd): Prepared | null {
    const { length } = sink.all;
    const prepared = this.#prepare(file, sink, end);
    // What is declared is analysed again with other pieces; its warnings have been told.
    const found = sink.all.splice(length);
    sink.all.push(...found.filter((one) => one.severity === "error" || !this.#isTold(one)));
    return prepared === null ? null : { ...prepared, warnings: sink.all.slice(length) };
  }

  #isTold({ code, span }: Diagnostic): boolean {
    return span !== undefined && this.#told.get(span.file)?.has(`${code} ${span.start}`) === true;
  }

  #tell({ code, span }: Diagnostic): void {
    if (span === undefined) return;
    const told = this.#told.get(span.file) ?? new Set();
    this.#told.set(span.file, told.add(`${code} ${span.start}`));
  }

  #prepare(
    file: SourceFile,
    sink: DiagnosticSink,
    end: PieceEnd,
  ): Omit<Prepared, "warnings"> | null {
    const before = sink.errorCount;
    const part = end === "value" || end === "values" ? "region" : "file";
    const tree = parse(file, sink, part);
    if (sink.errorCount > before) return null;
    const fresh = tree.body.flatMap((statement) => this.#spreadPattern(statement));
    const beside = keptBeside(this.#kept, fresh);
    const { statements: kept, dropped, changesTypes } = beside;
    reportDropped(dropped, tree.span, sink);
    const body = [...kept, ...fresh];
    const graph = new ModuleGraph({ ...tree, body }, sink, this.#resolve, this.#graph);
    if (sink.errorCount > before) return null;
    const settledStatements = settledBeside(beside, fresh);
    const changed = this.#buildsAll ? null : settledStatements.changed;
    const analysis = analyzeInSession(graph, sink, {
      ran: new Set(kept),
      externs: this.#host.externs ?? new Map(),
      linked: this.#host.linked ?? [],
      settled: changed === null ? null : settledStatements.statements,
      ranFiles: this.#ran,
      earlier: this.#layouts,
      echo: end === "value" || end === "values" ? end : "nothing",
      callMain: end === "main",
      symbolOf: (declaration) => this.#symbolOf(declaration),
    });
    if (sink.errorCount > before) return null;
    return {
      analysis,
      graph,
      fresh,
      kept,
      changesTypes,
      changed: analysis.complete ? null : changed,
    };
  }

  /** One symbol for each declaration, also when a name is declared again. */
  #symbolOf(declaration: ast.BindingStmt): string {
    let symbol = this.#symbols.get(declaration);
    if (symbol === undefined) {
      const { pattern } = declaration;
      this.#count += 1;
      symbol = `${pattern.kind === "name" ? pattern.name : "_"}#${this.#count}`;
      this.#symbols.set(declaration, symbol);
    }
    return symbol;
  }

  #keep({ fresh, analysis, kept: others, warnings }: Prepared, whole: boolean): void {
    for (const warning of warnings) this.#tell(warning);
    // Those of the session's own variables have a number.
    for (const { symbol } of analysis.module?.globals ?? [])
      if (!symbol.includes("#")) this.#imported.add(symbol);
    const kept = [...others];
    const symbols = new Map<ast.BindingStmt, string>();
    for (const statement of kept) {
      if (statement.kind === "binding") symbols.set(statement, this.#symbolOf(statement));
    }
    for (const statement of lastOfEachName(fresh)) {
      if (statement.kind !== "binding") kept.push(statement);
      else if (whole) {
        const type = analysis.typeOf(statement);
        const written = type === null ? null : typeExpression(type, statement.span);
        const typed = written === null ? statement : { ...statement, type: written };
        symbols.set(typed, this.#symbolOf(statement));
        kept.push(typed);
      }
    }
    this.#kept = kept;
    this.#symbols = symbols;
  }

  /** `val (a, b) = e` as bindings of one name each, which are variables of the session. */
  #spreadPattern(statement: ast.Stmt): ast.Stmt[] {
    if (statement.kind !== "binding") return [statement];
    const { pattern, span } = statement;
    if (pattern.kind !== "tuple" && pattern.kind !== "array") return [statement];
    this.#count += 1;
    const name = `$${this.#count}`;
    const whole: ast.BindingStmt = {
      ...statement,
      mutable: false,
      pattern: { kind: "name", name, span: pattern.span },
    };
    const parts = pattern.elements.flatMap((element, index): ast.Stmt[] => {
      const object: ast.Expr = { kind: "name", name, span };
      if (element.kind === "wildcard") return [];
      const value = partOf(pattern.kind, object, index, span);
      return this.#spreadPattern({ ...statement, pattern: element, type: null, value });
    });
    return [whole, ...parts];
  }
}

function declares(statement: ast.Stmt): boolean {
  const { kind } = statement;
  return kind === "impl" || kind === "use" || declaredNames(statement).length > 0;
}

function partOf(kind: "tuple" | "array", object: ast.Expr, index: number, span: Span): ast.Expr {
  if (kind === "tuple") return { kind: "tuple_index", object, index, span };
  return { kind: "index", object, index: { kind: "int", value: index, suffix: null, span }, span };
}

function reportDropped(
  dropped: readonly ast.BindingStmt[],
  { file, start }: Span,
  sink: DiagnosticSink,
): void {
  const names = dropped.flatMap(declaredNames).filter((name) => !name.startsWith("$"));
  if (names.length === 0) return;
  sink.warning(
    "session/dropped-variables",
    `what is declared anew here changes the types of variables, which are gone: ${names.map((name) => `\`${name}\``).join(", ")}`,
    { file, start, end: start },
    "Evaluate their declarations again.",
  );
}

/** The declarations among the statements; of several of one name the last. */
function lastOfEachName(statements: readonly ast.Stmt[]): ast.Stmt[] {
  const last = new Map<string, ast.Stmt>();
  for (const statement of statements) {
    for (const name of declaredNames(statement)) last.set(name, statement);
  }
  return statements.filter((statement) => {
    if (statement.kind === "impl" || statement.kind === "use") return true;
    return declaredNames(statement).some((name) => last.get(name) === statement);
  });
}
