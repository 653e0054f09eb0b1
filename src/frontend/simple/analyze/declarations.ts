// Declarations that hold for their whole block: functions, extern functions, types, imports.
import { kernelSignatures } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { externFunction, externNames } from "./host.ts";
import { checkLinked } from "./linked.ts";
import { lowLevelType } from "./low-level.ts";
import { suggestion } from "./names.ts";
import { resolveType } from "./type-names.ts";
import { addMethod, type Shape } from "./nominal.ts";
import { completeTrait } from "./traits.ts";

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
  declareNames(cx, body);
  declareMembers(cx, body);
}

/** The names of types, aliases and extern functions. */
export function declareNames(cx: Context, body: readonly ast.Stmt[]): void {
  for (const statement of body) declareType(cx, statement);
}

/** What needs names to be known, imported ones too. */
export function declareMembers(cx: Context, body: readonly ast.Stmt[]): void {
  for (const statement of body)
    if (statement.kind === "use") cx.analysis.imports.bind(cx.scope, statement);
  for (const statement of body) if (statement.kind === "impl") declareImpl(cx, statement);
  for (const statement of body) if (statement.kind === "impl") declareTrait(cx, statement);
  // Signatures may name types that are declared below them.
  for (const statement of body) if (statement.kind === "extern") checkExtern(cx, statement);
}

function declareType(cx: Context, statement: ast.Stmt): void {
  const { scope } = cx;
  const { kind } = statement;
  if (kind === "struct" || kind === "class" || kind === "enum" || kind === "trait")
    checkTypeName(cx, statement.name);
  if (kind === "type_alias") {
    scope.declare({ kind: "alias", name: statement.name.text, type: statement.type, scope });
  } else if (kind === "extern") {
    checkParams(cx, statement);
    scope.declare({ kind: "extern", name: statement.name.text, decl: statement, scope });
  } else if (kind === "struct" || kind === "class") {
    const shape = cx.analysis.shapes.ofObject(statement, scope);
    checkMembers(cx, statement, "field", statement.fields);
    scope.declare({ kind: "object", name: statement.name.text, shape });
  } else if (kind === "enum") {
    const shape = cx.analysis.shapes.ofEnum(statement, scope);
    checkMembers(cx, statement, "variant", statement.variants);
    scope.declare({ kind: "enum", name: statement.name.text, shape });
  } else if (kind === "trait") {
    scope.declare({
      kind: "trait",
      name: statement.name.text,
      type: cx.analysis.shapes.ofTrait(statement, scope),
    });
  }
}

/** Types of one block have different names. */
function checkTypeName({ scope, report }: Context, { text, span }: ast.Name): void {
  const { kind = null } = scope.own(text) ?? {};
  if (kind !== "object" && kind !== "enum" && kind !== "trait") return;
  report.error(
    "resolve/duplicate-type",
    `the type \`${text}\` is declared twice`,
    span,
    "Rename one of them.",
  );
}

const noKernels =
  "Kernels are there in `anneal run`, `repl` and `live`, and in an engine that is given them; devices have none.";

function isKernel(name: string): boolean {
  return kernelSignatures.some((kernel) => kernel.name === name);
}

function checkExtern(cx: Context, decl: ast.ExternDecl): void {
  const name = decl.name.text;
  const host = externFunction(name, cx.analysis);
  if (host === undefined) {
    const linked = cx.analysis.linked.find((each) => each.name === name);
    if (linked !== undefined) {
      checkLinked(cx, decl, linked);
      return;
    }
    const names = [...externNames(cx.analysis), ...cx.analysis.linked.map((each) => each.name)];
    cx.report.warning(
      "resolve/unknown-extern",
      `the host has no function \`${name}\``,
      decl.name.span,
      suggestion(name, names) ?? (isKernel(name) ? noKernels : "A call of it stops the program."),
    );
    return;
  }
  const site = { report: cx.report, scope: cx.scope, typeArgs: cx.typeArgs };
  const { params: wanted, result: wantedResult, declared } = host;
  const types = cx.analysis.lowLevel ? [...wanted, wantedResult].map(lowLevelType) : declared;
  const params = (types ?? [...wanted, wantedResult]).map(String);
  const result = params.pop() ?? "unit";
  const found = decl.params.map(({ type }) => (type === null ? "i64" : resolveType(site, type)));
  const foundResult = decl.result === null ? "unit" : resolveType(site, decl.result);
  if ([...found, foundResult].includes("error")) return;
  if (found.map(String).join() === params.join() && String(foundResult) === result) return;
  cx.report.error(
    "type/extern-signature",
    `\`${name}\` is \`(${params.join(", ")}) -> ${result}\` on the host, found \`(${found.join(", ")}) -> ${foundResult}\``,
    decl.name.span,
    "Declare it as the host has it.",
  );
}

/** Fields, variants and methods of one type have different names. */
function checkMembers(
  cx: Context,
  decl: ast.StructDecl | ast.EnumDecl,
  what: "field" | "variant",
  members: readonly { readonly name: ast.Name }[],
): void {
  const seen = new Set<string>();
  for (const { name } of members) {
    if (seen.has(name.text)) {
      const text = `\`${decl.name.text}\` has two ${what}s \`${name.text}\``;
      cx.report.error("resolve/duplicate-member", text, name.span, "Rename one of them.");
    }
    seen.add(name.text);
  }
  const methods = new Set<string>();
  for (const method of decl.methods) {
    checkParams(cx, method);
    if (methods.has(method.name.text)) duplicateMethod(cx, { name: decl.name.text }, method);
    methods.add(method.name.text);
  }
}

function duplicateMethod(cx: Context, { name }: Pick<Shape, "name">, decl: ast.FunctionDecl): void {
  cx.report.error(
    "resolve/duplicate-member",
    `\`${name}\` has two methods \`${decl.name.text}\``,
    decl.name.span,
    "Rename one of them.",
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
  for (const decl of impl.methods) {
    checkParams(cx, decl);
    if (addMethod(shape, decl, { generics, scope }) !== null) duplicateMethod(cx, shape, decl);
  }
}

/** Gives the type of an `impl T for X` what the trait defines, once it has all of its own methods. */
function declareTrait(cx: Context, impl: ast.ImplDecl): void {
  const { scope } = cx;
  const { trait: node, type } = impl;
  const owner = type.kind === "named" ? scope.lookup(type.name.text) : undefined;
  if (node === null || (owner?.kind !== "object" && owner?.kind !== "enum")) return;
  const name = node.kind === "named" ? node.name.text : node.kind === "dyn" ? node.trait.text : "";
  const trait = scope.lookup(name);
  if (trait?.kind === "trait") {
    completeTrait(cx, owner.shape, trait.type, impl);
    return;
  }
  const text = trait === undefined ? `there is no trait \`${name}\`` : `\`${name}\` is no trait`;
  cx.report.error("resolve/unknown-trait", text, node.span, suggestion(name, scope.names()));
}

function spelling(type: ast.TypeExpr): string {
  return type.kind === "named" ? type.name.text : "_";
}
