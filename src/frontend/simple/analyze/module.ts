// The analysis of a whole module: declares, builds its body, then every function that is reached or fully typed.
import { preludePath, type DiagnosticSink, type SourceFile } from "../../../base/index.ts";
import type { FunctionId, GlobalId, HirFunction, HirModule } from "../../../ir/hir/index.ts";
import { isHostSymbol, type LinkedSignature } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import { Annotations } from "./annotations.ts";
import { Builder } from "./builder.ts";
import { builtinScope } from "./builtin-types.ts";
import type { Analysis, Context, InitState, Instance, SyntheticFunction } from "./context.ts";
import { checkDefaults } from "./calls.ts";
import { declareFunction, declareMembers, declareNames } from "./declarations.ts";
import { GlobalVariables, hasRun } from "./global-variables.ts";
import { Imports } from "./imports.ts";
import type { ModuleGraph, ModuleUnit } from "../module-graph.ts";
import { freeNames } from "./free-names.ts";
import { newContext } from "./function-context.ts";
import { buildBody, finishFunction, instanceNote } from "./functions.ts";
import type { Externs } from "./host.ts";
import { lowering } from "./lowering.ts";
import { resolveType } from "./type-names.ts";
import { isPreludeModule, parsePrelude, type PreludeModule } from "./prelude.ts";
import { keyOfTypes } from "./generics.ts";
import { LateFunctions } from "./late-functions.ts";
import { Layouts } from "./layouts.ts";
import { variantsOf } from "./enums.ts";
import { methodFunction, openMethod } from "./methods.ts";
import { enumType, objectType, Shapes, type Shape } from "./nominal.ts";
import { checkFields } from "./objects.ts";
import { Reporter } from "./report.ts";
import { ResultInference } from "./result-inference.ts";
import { concreteTypes } from "./type-ids.ts";
import { callsAny, hasEmptyLiterals, openNames, Unknowns } from "./unknowns.ts";
import { Scope, type FunctionBinding, type GlobalBinding, type TypeArgs } from "./scope.ts";
import { signatureOf } from "./signature.ts";
import { buildDispatch, implementors } from "./traits.ts";
import { lowerModuleBody } from "./statements.ts";
import { lowerTopLevel, type Echo } from "./top-level.ts";
import {
  resultRepresentation,
  type LambdaType,
  type ResultType,
  type SimpleType,
} from "./simple-type.ts";

/** Instances of one function; more of them come from types that grow with each call. */
const mostInstances = 500;

const noTypeArgs: TypeArgs = new Map();

/** How a module is analysed. */
export interface AnalyzeOptions {
  /** The dialect of the runtime library: access to memory, every host function, functions exported by their name. */
  readonly lowLevel?: boolean;
  /** Functions of native modules that a program may declare. */
  readonly linked?: readonly LinkedSignature[];
}

/** Resolves names, infers types and builds HIR. Null when there were errors; the sink has them in source order. */
export function analyze(
  graph: ModuleGraph,
  sink: DiagnosticSink,
  options: AnalyzeOptions = {},
): HirModule | null {
  const annotations = new Annotations();
  for (;;) {
    const analysis = new ModuleAnalysis(graph, options, { annotations });
    const result = analysis.run();
    if (annotations.next()) continue;
    analysis.report.flush(sink);
    return analysis.report.hasErrors ? null : result;
  }
}

/** How a piece of a session is analysed. */
export interface SessionOptions {
  /** Functions of the application that pieces may declare. */
  readonly externs: Externs;
  /** Functions of native modules that pieces may declare. */
  readonly linked: readonly LinkedSignature[];
  /** Declarations of the main module that are in force already. */
  readonly ran: ReadonlySet<ast.Stmt>;
  /** Those of them that are checked already, and built only if something else needs them; null to check and build all. */
  readonly settled: ReadonlySet<ast.Stmt> | null;
  /** Modules whose top levels have run. */
  readonly ranFiles: ReadonlySet<SourceFile>;
  readonly earlier: Layouts | undefined;
  /** Print the value of the last expression, or of each at the top level. */
  readonly echo: Echo;
  /** Call `main` at the end as a program does, unless the piece has called it. */
  readonly callMain: boolean;
  /** The symbol of a variable of the main module. */
  symbolOf(declaration: ast.BindingStmt): string;
}

/** What the analysis of a piece found. */
export interface SessionAnalysis {
  readonly module: HirModule | null;
  readonly layouts: Layouts;
  /** The spelling of the last expression's type; null if the piece does not end in a value. */
  readonly lastType: string | null;
  /** Whether all declarations in force are in the module, settled or not. */
  readonly complete: boolean;
  /** The type of a variable of the main module. */
  typeOf(declaration: ast.BindingStmt): SimpleType | null;
}

/** Analyses a piece of a session together with the declarations in force. */
export function analyzeInSession(
  graph: ModuleGraph,
  sink: DiagnosticSink,
  session: SessionOptions,
): SessionAnalysis {
  const annotations = new Annotations();
  let analysis = new ModuleAnalysis(graph, { linked: session.linked }, { session, annotations });
  let module = analysis.run();
  while (annotations.next()) {
    analysis = new ModuleAnalysis(graph, { linked: session.linked }, { session, annotations });
    module = analysis.run();
  }
  // Settled functions may make objects of types that nothing else knows.
  if (session.settled !== null && analysis.usesAllTypes)
    return analyzeInSession(graph, sink, { ...session, settled: null });
  const lastType = analysis.lastType();
  analysis.report.flush(sink);
  return {
    module: analysis.report.hasErrors ? null : module,
    layouts: analysis.layouts,
    lastType,
    complete: session.settled === null,
    typeOf: (declaration) => analysis.variableType(declaration),
  };
}

interface AnalysisRound {
  readonly session?: SessionOptions | null;
  readonly annotations: Annotations;
}

/** A module under analysis. */
interface Unit extends ModuleUnit {
  readonly scope: Scope;
  /** Its own functions, in source order. */
  readonly functions: ast.FunctionDecl[];
}

class ModuleAnalysis implements Analysis {
  readonly report: Reporter;
  readonly lower = lowering;
  readonly lowLevel: boolean;
  readonly externs: Externs;
  readonly linked: readonly LinkedSignature[];
  depth = 0;
  retries = 0;
  usesAllTypes = false;
  readonly imports: Imports;
  readonly #units: readonly Unit[];
  readonly #main: Unit;
  readonly #instances = new Map<ast.FunctionDecl, Map<string, Instance>>();
  readonly #symbols = new Set<string>();
  readonly #functions: (HirFunction | null)[] = [null];
  /** Instances with a number, in order; those from `#nextBuild` on are not built yet. */
  readonly #queue: Instance[] = [];
  #nextBuild = 0;
  /** Methods of traits, and for how many types they were built. */
  readonly #dispatches: { readonly instance: Instance; cases: number }[] = [];
  readonly layouts: Layouts;
  readonly #session: SessionOptions | null;
  readonly shapes = new Shapes();
  readonly #unknowns = new Unknowns();
  readonly #openNames: ReadonlySet<string>;
  readonly lambdas = new Map<ast.FunctionDecl, Map<string, LambdaType>>();
  readonly #synthetic = new Map<string, FunctionId>();
  readonly #late = new LateFunctions();
  /** Functions without a declaration that are not built yet. */
  readonly #pending: { readonly id: FunctionId; make(): SyntheticFunction }[] = [];
  readonly #nested: FunctionBinding[] = [];
  readonly #preludes = new Map<PreludeModule, ReadonlyMap<string, FunctionBinding>>();
  readonly #inference = new ResultInference(this, (scope) => this.#silent(scope));
  readonly #variables: GlobalVariables;

  constructor(
    graph: ModuleGraph,
    { lowLevel = false, linked = [] }: AnalyzeOptions,
    { session = null, annotations }: AnalysisRound,
  ) {
    this.report = new Reporter(annotations);
    this.lowLevel = lowLevel;
    this.externs = session?.externs ?? new Map();
    this.linked = linked;
    this.#session = session;
    this.layouts = new Layouts(session?.earlier);
    this.imports = new Imports(graph, this.report);
    const around = builtinScope(this.shapes);
    this.#units = graph.units.map((unit) => {
      const scope = new Scope(around);
      this.imports.addModule(unit, scope);
      return { scope, functions: [], ...unit };
    });
    const main = this.#units.at(-1);
    if (main === undefined) throw new Error("a program has a main file");
    this.#main = main;
    this.#openNames = openNames(this.#units.map(({ tree }) => tree.body));
    this.#variables = new GlobalVariables({
      report: this.report,
      main: main.scope,
      session,
      context: (scope) => this.#silent(scope),
      unique: (symbol) => this.#unique(symbol),
      inferring: () => this.#inference.running,
    });
  }

  run(): HirModule {
    for (const unit of this.#units) this.#declare(unit);
    for (const { tree, scope } of this.#units) {
      declareMembers(this.#context({ discard: false, scope, init: null }), tree.body);
    }
    for (const unit of this.#units) this.#discover(unit);
    const imported = this.#units
      .slice(0, -1)
      .filter(({ file }) => this.#session?.ranFiles.has(file) !== true)
      .map((unit) => this.#buildModuleInit(unit));
    this.#functions[0] = this.#buildInit(imported);
    for (const { scope, functions } of this.#units) {
      for (const decl of functions) {
        const fn = scope.own(decl.name.text);
        if (fn?.kind === "function" && fn.decl === decl && !this.#isSettled(decl))
          this.#requestFixed(fn);
      }
    }
    this.#drain();
    for (const fn of this.#methods()) this.#requestFixed(fn);
    this.#drain();
    for (const unit of this.#units) this.#checkUnused(unit);
    for (const fn of this.#methods()) this.#checkNames(fn);
    for (const shape of this.shapes.all) if (!this.#isSettled(shape.decl)) this.#checkShape(shape);
    this.#drain();
    const built = this.#functions.filter((fn) => fn !== null);
    if (built.length < this.#functions.length && !this.report.hasErrors) {
      throw new Error("a function was not built, and there is no message why");
    }
    return {
      file: this.#main.file,
      functions: built,
      globals: this.#variables.globals,
      layouts: this.layouts.all,
      init: 0,
    };
  }

  /** Whether a declaration was checked with an earlier piece of the session, and means the same now. */
  #isSettled(declaration: ast.Stmt): boolean {
    if (this.#session === null) return false;
    const { settled, ranFiles } = this.#session;
    return (
      settled?.has(declaration) === true ||
      (settled !== null && ranFiles.has(declaration.span.file))
    );
  }

  /** Types, functions and variables of a module. */
  #declare(unit: Unit): void {
    const { tree, scope, functions, name } = unit;
    const top = this.#context({ discard: false, scope, init: null });
    declareNames(top, tree.body);
    for (const statement of tree.body) {
      if (statement.kind !== "function") continue;
      const path = name === "" ? statement.name.text : `${name}.${statement.name.text}`;
      declareFunction(top, statement, { path, captures: [] });
      functions.push(statement);
    }
    this.#variables.hoist(tree, scope, name);
  }

  #context(options: { discard: boolean; scope: Scope; init: InitState | null }): Context {
    return newContext({
      analysis: this,
      goal: { kind: "none" },
      path: "",
      typeArgs: noTypeArgs,
      captured: new Map(),
      builder: new Builder(),
      unknowns: this.#unknowns,
      ...options,
    });
  }

  /** A context in which nothing is emitted. */
  #silent(scope: Scope): Context {
    return this.#context({ discard: true, scope, init: null });
  }

  globalType(global: GlobalBinding): SimpleType | "error" {
    return this.#variables.typeOf(global);
  }

  globalId(global: GlobalBinding, type: SimpleType): GlobalId {
    return this.#variables.idOf(global, type);
  }

  resultOf(instance: Instance): ResultType | "error" | "pending" {
    return this.#inference.resultOf(instance);
  }

  /** Finds the types of the empty literals of the module's body, also by what functions do with its variables. */
  #discover(unit: Unit): void {
    const { functions, scope } = unit;
    const { body } = unit.tree;
    const own = body.filter((one) => one.kind !== "function" && !this.#isTyped(one));
    if (!own.some((statement) => this.leavesOpen(statement))) return;
    this.#unknowns.discover(() =>
      this.report.silence(() => {
        if (unit === this.#main) this.#buildInit([], true);
        else this.#moduleBody(unit, true);
        for (const decl of functions) {
          const fn = scope.own(decl.name.text);
          if (fn?.kind === "function" && fn.decl === decl && this.#usesEmpty(scope, decl))
            this.#checkNames(fn);
        }
        this.#forget();
      }),
    );
  }

  /** Whether the type of a variable in force is written out. */
  #isTyped(statement: ast.Stmt): boolean {
    if (statement.kind !== "binding" || statement.type === null) return false;
    return this.#session?.ran.has(statement) === true;
  }

  /** Whether the function uses a variable of the module that begins empty. */
  #usesEmpty(scope: Scope, decl: ast.FunctionDecl): boolean {
    for (const name of freeNames(decl)) {
      const binding = scope.own(name);
      if (binding?.kind === "global" && this.leavesOpen(binding.declaration)) return true;
    }
    return false;
  }

  /** Drops what a round of discovery has found out about functions and variables. */
  #forget(): void {
    for (const instances of this.#instances.values())
      for (const { fn } of instances.values()) fn.single = null;
    this.#instances.clear();
    this.#symbols.clear();
    this.#inference.clear();
    for (const { scope } of this.#units) {
      for (const name of scope.ownNames()) {
        const binding = scope.own(name);
        if (binding?.kind !== "global") continue;
        binding.type = "unknown";
        binding.declared = hasRun(this.#session, binding.declaration);
      }
    }
  }

  // -------------------------------------------------------------------------------- module's body

  /** The top level of an imported module, as a function that the program's top level calls first. */
  #buildModuleInit(unit: Unit): FunctionId {
    const id = this.#functions.push(null) - 1;
    const builder = this.#moduleBody(unit, false);
    const { name, tree } = unit;
    this.#functions[id] = {
      id,
      symbol: this.#unique(`${name}.init`),
      name: `top level of ${name}`,
      topLevel: true,
      parameterCount: 0,
      locals: builder.locals,
      result: "unit",
      body: builder.body,
      loopCount: builder.loopCount,
      span: { ...tree.span, end: tree.span.start },
    };
    return id;
  }

  #moduleBody({ tree, scope }: Unit, discard: boolean): Builder {
    const span = { ...tree.span, end: tree.span.start };
    const init: InitState = { scope: new Scope(scope), span, exit: null, ran: null };
    const cx = this.#context({ discard, scope: init.scope, init });
    lowerModuleBody(cx, tree.body);
    return cx.builder;
  }

  /** The top level of the main module, of a session that of the piece alone. */
  #buildInit(imported: readonly FunctionId[], discard = false): HirFunction {
    const { tree, scope } = this.#main;
    const span = { ...tree.span, end: tree.span.start };
    const init: InitState = { scope: new Scope(scope), span, exit: null, ran: null };
    const cx = this.#context({ discard, scope: init.scope, init });
    const main = scope.own("main");
    lowerTopLevel(cx, init, {
      body: tree.body,
      imported,
      main: main?.kind === "function" && this.#session?.callMain !== false ? main : null,
      session: this.#session,
    });
    return {
      id: 0,
      symbol: ".init",
      name: "top level",
      parameterCount: 0,
      locals: cx.builder.locals,
      result: "i64",
      body: cx.builder.body,
      loopCount: cx.builder.loopCount,
      span,
    };
  }

  /** The spelling of the type of the main module's last expression. */
  lastType(): string | null {
    const last = this.#main.tree.body.at(-1);
    if (last?.kind !== "expr") return null;
    const cx = this.#silent(this.#main.scope);
    const value = this.report.silence(() => cx.lower.expr(cx, last.value, null));
    return value.kind === "typed" ? String(value.type) : value.kind === "unit" ? "()" : null;
  }

  variableType(declaration: ast.BindingStmt): SimpleType | null {
    const { pattern } = declaration;
    const binding = pattern.kind === "name" ? this.#main.scope.own(pattern.name) : undefined;
    if (binding?.kind !== "global" || binding.declaration !== declaration) return null;
    const type = this.globalType(binding);
    return type === "error" ? null : type;
  }

  // ------------------------------------------------------------------------------------ functions

  instance(fn: FunctionBinding, paramTypes: readonly SimpleType[], typeArgs: TypeArgs): Instance {
    const { single } = fn;
    if (single !== null && single.paramTypes.every((type, index) => type === paramTypes[index]))
      return single;
    let instances = this.#instances.get(fn.decl);
    if (instances === undefined) this.#instances.set(fn.decl, (instances = new Map()));
    const key = `${keyOfTypes(paramTypes)};${keyOfTypes(typeArgs.values())}`;
    let found = instances.get(key);
    if (found === undefined) {
      const types = this.lowLevel ? [] : paramTypes;
      const symbol = this.#unique([fn.path, ...types].join("."));
      found = { fn, symbol, paramTypes, typeArgs, result: "unknown", id: null, origin: null };
      instances.set(key, found);
      const { signature, captures } = fn;
      if (signature?.fixed === true && captures?.length === 0 && typeArgs.size === 0) {
        fn.single ??= found;
      }
    }
    return found;
  }

  #unique(wanted: string): string {
    let symbol = wanted;
    for (let count = 2; this.#symbols.has(symbol) || isHostSymbol(symbol); count += 1) {
      symbol = `${wanted}$${count}`;
    }
    this.#symbols.add(symbol);
    return symbol;
  }

  idOf(instance: Instance): FunctionId {
    if (instance.id === null) {
      instance.id = this.#functions.push(null) - 1;
      if (!this.#tooMany(instance)) this.#queue.push(instance);
    }
    return instance.id;
  }

  /** A function that calls itself with ever new types has no end of instances. */
  #tooMany({ fn }: Instance): boolean {
    const { decl } = fn;
    const count = this.#instances.get(decl)?.size ?? 0;
    if (count <= mostInstances || decl.span.file.path === preludePath) return false;
    this.report.limit(
      "limit/inference",
      `\`${fn.name}\` is called with more than ${mostInstances} combinations of argument types`,
      decl.head,
      "Declare the types of its parameters, and pass functions on without wrapping them.",
    );
    return true;
  }

  synthetic(key: string, make: () => SyntheticFunction): FunctionId {
    let id = this.#synthetic.get(key);
    if (id === undefined) {
      id = this.#functions.push(null) - 1;
      this.#synthetic.set(key, id);
      this.#pending.push({ id, make });
    }
    return id;
  }

  late(key: string, make: () => SyntheticFunction): FunctionId {
    return this.#late.get(key, make, () => this.#functions.push(null) - 1);
  }

  #placeSynthetic(id: FunctionId, made: SyntheticFunction): void {
    const { symbol, name, parameterCount, result, span, builder } = made;
    this.#functions[id] = {
      id,
      symbol: this.#functions[id]?.symbol ?? this.#unique(symbol),
      name,
      parameterCount,
      locals: builder.locals,
      result: resultRepresentation(result),
      body: builder.body,
      loopCount: builder.loopCount,
      span,
    };
  }

  #requestFixed(fn: FunctionBinding): void {
    const signature = signatureOf(this.report, fn);
    if (!signature.fixed || fn.captures === null) return;
    // A method of a generic type has no instance of its own.
    if ([...fn.typeArgs.values()].includes("error")) return;
    const types: SimpleType[] = [];
    for (const param of signature.params) {
      if (param.kind === "fixed" && param.type !== "error") types.push(param.type);
    }
    for (const { value } of fn.captures) {
      if (value.type !== "error" && value.type !== "pending") types.push(value.type);
    }
    if (types.length !== signature.params.length + fn.captures.length) return;
    const instance = this.instance(fn, types, fn.typeArgs);
    this.idOf(instance);
  }

  noteLambda(cx: Context, fn: FunctionBinding): void {
    if (!cx.discard) this.#nested.push(fn);
  }

  noteNested(cx: Context, fn: FunctionBinding): void {
    if (cx.discard) return;
    this.#nested.push(fn);
    this.#requestFixed(fn);
  }

  #drain(): void {
    for (;;) {
      const instance = this.#queue[this.#nextBuild];
      if (instance !== undefined) {
        this.#nextBuild += 1;
        if (instance.fn.dispatch === undefined) this.#build(instance);
        else this.#dispatches.push({ instance, cases: -1 });
        continue;
      }
      const synthetic = this.#pending.shift();
      if (synthetic !== undefined) this.#placeSynthetic(synthetic.id, synthetic.make());
      else if (!this.#buildDispatches() && !this.#buildLate()) return;
    }
  }

  #buildLate(): boolean {
    return this.#late.build(
      () => this.layouts.all.length + concreteTypes(this).length,
      (id, made) => this.#placeSynthetic(id, made),
    );
  }

  /** Builds the methods of traits for all types that have them by now; whether there were new ones. */
  #buildDispatches(): boolean {
    let news = false;
    for (const dispatch of this.#dispatches) {
      const { instance } = dispatch;
      const { fn, id } = instance;
      const cx = this.#context({ discard: false, scope: fn.scope, init: null });
      const cases = fn.dispatch === undefined ? 0 : implementors(cx, fn.dispatch).length;
      if (cases === dispatch.cases || id === null) continue;
      dispatch.cases = cases;
      news = true;
      const type = this.resultOf(instance);
      if (type === "pending") throw new Error(`${instance.symbol} is not resolved`);
      const inner: Context = { ...cx, goal: { kind: "declared", type } };
      this.report.from(instance.origin, () => buildDispatch(inner, instance));
      if (type !== "error") this.#functions[id] = finishFunction(instance, id, inner.builder);
    }
    return news;
  }

  #build(instance: Instance): void {
    const { fn, paramTypes, typeArgs, id } = instance;
    const type = this.resultOf(instance);
    if (type === "pending" || id === null) throw new Error(`${instance.symbol} is not resolved`);
    const goal = { kind: "declared", type, declared: fn.decl.result } as const;
    const builder = this.report.within(instanceNote(this.report, instance), () =>
      this.report.from(instance.origin, () =>
        buildBody(this, { fn, paramTypes, typeArgs, goal, discard: false }),
      ),
    );
    if (type !== "error") this.#functions[id] = finishFunction(instance, id, builder);
  }

  /** The methods of all types; those of generic types without their type arguments. */
  #methods(): FunctionBinding[] {
    const found: FunctionBinding[] = [];
    for (const shape of this.shapes.all) {
      if (shape.decl.span.file.path === preludePath || this.#isSettled(shape.decl)) continue;
      const methods = [...shape.methods.values()];
      if (shape.decl.generics.length > 0) {
        found.push(...methods.map((method) => openMethod(shape, method)));
      } else {
        const type = "fields" in shape ? objectType(shape, []) : enumType(shape, []);
        found.push(...methods.map((method) => methodFunction(type, method)));
      }
    }
    return found;
  }

  /** What a type declares is checked even if nothing uses it. */
  #checkShape(shape: Shape): void {
    const cx = this.#silent(shape.scope);
    if (shape.decl.generics.length > 0) return;
    if ("fields" in shape) checkFields(cx, objectType(shape, []));
    else variantsOf(cx, enumType(shape, []));
  }

  #checkUnused({ functions, scope }: Unit): void {
    const cx = this.#context({ discard: true, scope, init: null });
    for (const decl of functions) {
      const fn = scope.own(decl.name.text);
      if (fn?.kind !== "function" || fn.decl !== decl || this.#isSettled(decl)) continue;
      this.#checkNames(fn);
      if (decl.params.some((param) => param.default !== null)) {
        checkDefaults(cx, fn);
      }
    }
    for (const fn of this.#nested) this.#checkNames(fn);
    this.#drain();
  }

  /**
   * A function that no call gives types to: its names and whatever else needs no types are checked. Calls in functions that are not built
   * themselves ask for its result alone, and for that no messages are written.
   */
  #checkNames(fn: FunctionBinding): void {
    for (const { id } of this.#instances.get(fn.decl)?.values() ?? []) if (id !== null) return;
    const { params } = signatureOf(this.report, fn);
    const paramTypes = params.map((param) => (param.kind === "fixed" ? param.type : "error"));
    for (const { value } of fn.captures ?? [])
      paramTypes.push(value.type === "pending" ? "error" : value.type);
    const typeArgs = new Map(fn.typeArgs);
    for (const { text } of fn.decl.generics) typeArgs.set(text, "error");
    const site = { report: this.report, scope: fn.scope, typeArgs };
    const type = fn.decl.result === null ? "error" : resolveType(site, fn.decl.result);
    const goal = { kind: "declared", type, declared: fn.decl.result } as const;
    buildBody(this, { fn, paramTypes, typeArgs, goal, discard: true });
  }

  leavesOpen(tree: object): boolean {
    return hasEmptyLiterals(tree) || callsAny(tree, this.#openNames);
  }

  mayAssign(name: string): boolean {
    return this.#preludes.size > 0 || this.#variables.isAssigned(name);
  }

  prelude(name: string): FunctionBinding {
    const [module = "", own = ""] = name.includes(".") ? name.split(".") : ["number", name];
    const fn = isPreludeModule(module) ? this.preludeModule(module).get(own) : undefined;
    if (fn === undefined) throw new Error(`the prelude has no ${name}`);
    return fn;
  }

  preludeModule(name: PreludeModule): ReadonlyMap<string, FunctionBinding> {
    let functions = this.#preludes.get(name);
    if (functions === undefined) this.#preludes.set(name, (functions = this.#loadPrelude(name)));
    return functions;
  }

  #loadPrelude(name: PreludeModule): ReadonlyMap<string, FunctionBinding> {
    const cx = this.#context({ discard: false, scope: new Scope(null), init: null });
    const functions = new Map<string, FunctionBinding>();
    for (const decl of parsePrelude(name)) {
      declareFunction(cx, decl, { path: `std$${decl.name.text}`, captures: [] });
      const fn = cx.scope.own(decl.name.text);
      if (fn?.kind === "function") functions.set(decl.name.text, fn);
    }
    return functions;
  }
}
