// Declarations that hold for their whole block: functions, extern functions, types, imports.
import type * as ast from "../ast.ts";
import { hostFunction, isHostSymbol } from "../../../runtime/index.ts";
import type { Context } from "./context.ts";
import { isAvailable } from "./host.ts";
import { suggestion } from "./names.ts";
import { resolveType } from "./type-names.ts";
import type { Scope } from "./scope.ts";
import { addMethod, enumShape, objectShape } from "./nominal.ts";
import { TraitType } from "./simple-type.ts";

/** Makes a nested function known in its block; what it captures is fixed when its definition is reached. */
export function hoistFunction(cx: Context, decl: ast.FunctionDecl): void {
  declareFunction(cx, decl, {
    path: cx.path === "" ? decl.name.text : `${cx.path}$${decl.name.text}`,
    captures: null,
  });
}

export function declareFunction(
  cx: Context,
  decl: ast.FunctionDecl,
  { path, captures }: { readonly path: string; readonly captures: [] | null },
): void {
  const { name } = decl;
  const earlier = cx.scope.own(name.text);
  if (earlier?.kind === "function" || earlier?.kind === "extern") {
    cx.report.error(
      "resolve/duplicate-function",
      `the function \`${name.text}\` is defined twice`,
      name.span,
      "Rename one of them.",
    );
    return;
  }
  checkParams(cx, decl);
  const { scope, typeArgs } = cx;
  cx.scope.declare({
    kind: "function",
    name: name.text,
    decl,
    path,
    scope,
    typeArgs,
    captures,
    signature: null,
    single: null,
  });
}

function checkParams(cx: Context, decl: ast.FunctionDecl | ast.ExternDecl): void {
  const seen = new Set<string>();
  for (const { name } of decl.params) {
    if (seen.has(name.text)) {
      cx.report.error(
        "resolve/duplicate-parameter",
        `the parameter \`${name.text}\` is declared twice`,
        name.span,
        "Rename one of them.",
      );
    }
    seen.add(name.text);
  }
}

/** Everything but functions and variables. */
export function declareTypes(cx: Context, body: readonly ast.Stmt[]): void {
  for (const statement of body) declareType(cx, statement);
  for (const statement of body) if (statement.kind === "impl") declareImpl(cx, statement);
  // Signatures may name types that are declared below them.
  for (const statement of body) if (statement.kind === "extern") checkExtern(cx, statement);
}

function declareType(cx: Context, statement: ast.Stmt): void {
  const { scope } = cx;
  const { kind } = statement;
  if (kind === "type_alias") {
    scope.declare({ kind: "alias", name: statement.name.text, type: statement.type, scope });
  } else if (kind === "extern") {
    checkParams(cx, statement);
    scope.declare({ kind: "extern", name: statement.name.text, decl: statement, scope });
  } else if (kind === "struct" || kind === "class") {
    scope.declare({
      kind: "object",
      name: statement.name.text,
      shape: objectShape(statement, scope),
    });
  } else if (kind === "enum") {
    scope.declare({ kind: "enum", name: statement.name.text, shape: enumShape(statement, scope) });
  } else if (kind === "trait") {
    scope.declare({ kind: "trait", name: statement.name.text, type: new TraitType(statement) });
  } else if (kind === "use") declareImport(cx, statement, scope);
}

/** The library is not there yet: importing from `std` is fine as long as nothing of it is used. */
function declareImport(cx: Context, statement: ast.UseStmt, scope: Scope): void {
  const [root] = statement.path;
  const last = statement.path.at(-1);
  if (root === undefined || last === undefined) return;
  const known = root.text === "std";
  if (!known) {
    const path = statement.path.map(({ text }) => text).join(".");
    cx.report.error(
      "unsupported/module",
      `the module \`${path}\` cannot be loaded: modules are not supported yet`,
      statement.span,
      "Copy the definitions into this file.",
    );
  }
  const names = statement.items === "all" ? [] : (statement.items ?? [last]);
  for (const { text, span } of names) {
    if (scope.own(text) !== undefined) continue;
    scope.declare({ kind: "import", name: text, span, reported: !known });
  }
}

function checkExtern(cx: Context, decl: ast.ExternDecl): void {
  const name = decl.name.text;
  if (!isHostSymbol(name) || !isAvailable(name)) {
    const clocks = [
      "rt_time_now_nanos",
      "rt_time_now_micros",
      "rt_time_now_millis",
      "rt_time_now_unix_micros",
    ];
    cx.report.warning(
      "resolve/unknown-extern",
      `the host has no function \`${name}\``,
      decl.name.span,
      suggestion(name, clocks) ?? "A call of it stops the program.",
    );
    return;
  }
  const site = { report: cx.report, scope: cx.scope, typeArgs: cx.typeArgs };
  const { params, result } = hostFunction(name);
  const found = decl.params.map(({ type }) => (type === null ? "i64" : resolveType(site, type)));
  const foundResult = decl.result === null ? "unit" : resolveType(site, decl.result);
  if ([...found, foundResult].includes("error")) return;
  if (found.join() === params.join() && foundResult === result) return;
  cx.report.error(
    "type/extern-signature",
    `\`${name}\` is \`(${params.join(", ")}) -> ${result}\` on the host, found \`(${found.join(", ")}) -> ${foundResult}\``,
    decl.name.span,
    "Declare it as the host has it.",
  );
}

/** Gives the methods of an `impl` block to its type. */
function declareImpl(cx: Context, impl: ast.ImplDecl): void {
  const { scope } = cx;
  const { type } = impl;
  const name = type.kind === "named" ? type.name.text : "";
  const binding = scope.lookup(name);
  if (binding?.kind !== "object" && binding?.kind !== "enum") {
    cx.report.error(
      "resolve/impl-type",
      `\`impl\` needs a struct, class or enum, found \`${name}\``,
      type.span,
      suggestion(name, scope.names()),
    );
    return;
  }
  const { shape } = binding;
  const generics = type.kind === "named" ? type.args.map(spelling) : [];
  for (const decl of impl.methods) addMethod(shape, decl, { generics, scope });
  if (impl.trait === null) return;
  const trait = impl.trait.kind === "named" ? scope.lookup(impl.trait.name.text) : undefined;
  if (trait?.kind === "trait") shape.traits.add(trait.type.decl);
  else {
    cx.report.error("resolve/unknown-trait", "there is no such trait", impl.trait.span);
  }
}

function spelling(type: ast.TypeExpr): string {
  return type.kind === "named" ? type.name.text : "_";
}
