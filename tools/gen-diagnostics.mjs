// Writes docs/diagnostics.md: every diagnostic code in src/ with its messages. With `--check` it only compares.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readLayers } from "./structure/layers.mjs";
import { loadSources, root, walk } from "./structure/tree.mjs";

const page = path.join(root, "docs/diagnostics.md");

const phases = {
  input: "Reading the program",
  lex: "Characters and literals",
  parse: "Syntax",
  resolve: "Names",
  type: "Types",
  unsupported: "What this version does not run yet",
  limit: "Limits of the implementation",
  output: "Writing results",
  mir: "Text form of MIR",
};

const codePattern = /^([a-z]+)\/[a-z0-9]+(-[a-z0-9]+)*$/;

function isCode(node) {
  return node?.type === "Literal" && typeof node.value === "string" && codePattern.test(node.value);
}

/** Code literals of a node: one, or both arms of a conditional. */
function codesOf(node) {
  if (isCode(node)) return [node.value];
  if (node?.type !== "ConditionalExpression") return [];
  return [...codesOf(node.consequent), ...codesOf(node.alternate)];
}

/** Message texts of an expression; what is filled in at run time is `…`. `constants` has the values of names. */
function textsOf(node, constants) {
  switch (node?.type) {
    case "Identifier":
      return textsOf(constants.get(node.name), new Map());
    case "Literal":
      return typeof node.value === "string" ? [node.value] : [];
    case "TemplateLiteral":
      return [node.quasis.map(({ value }) => value.cooked).join("…")];
    case "ConditionalExpression":
      return [...textsOf(node.consequent, constants), ...textsOf(node.alternate, constants)];
    case "BinaryExpression":
      return combine(textsOf(node.left, constants), textsOf(node.right, constants));
    default:
      return [];
  }
}

function combine(left, right) {
  return left.flatMap((a) => right.map((b) => a + b));
}

/** Calls `found(codes, texts, severity)` for every diagnostic that a file builds. */
function eachDiagnostic(tree, report) {
  const constants = new Map();
  const found = (names, message, severity) => report(names, textsOf(message, constants), severity);
  const severityOf = (name) => (/warn/i.test(name) ? "warning" : "error");
  walk(tree, (node) => {
    if (node.type === "VariableDeclarator") constants.set(node.id.name, node.init);
    if (node.type === "CallExpression") {
      reportUnsupported(node, report);
      node.arguments.forEach((argument, index) => {
        const name = node.callee.property?.name ?? node.callee.name ?? "";
        found(codesOf(argument), node.arguments[index + 1], severityOf(name));
      });
    }
    if (node.type === "ObjectExpression") {
      const field = (name) => node.properties.find(({ key }) => key?.name === name)?.value;
      found(codesOf(field("code")), field("message"), severityOf(field("severity")?.value ?? ""));
    }
  });
}

/** `unsupported(what, construct, …)` makes the code `unsupported/what`. */
function reportUnsupported({ callee, arguments: [what, construct] }, report) {
  if (callee.property?.name !== "unsupported" || typeof what?.value !== "string") return;
  const texts = textsOf(construct, new Map()).map((text) => `${text} are not supported yet`);
  report([`unsupported/${what.value}`], texts, "error");
}

function collect() {
  const codes = new Map();
  for (const source of loadSources([...readLayers().keys()])) {
    if (source.test) continue;
    eachDiagnostic(source.tree, (names, texts, severity) => {
      for (const name of names) {
        const entry = codes.get(name) ?? { severity, messages: new Set() };
        for (const text of texts) entry.messages.add(text);
        codes.set(name, entry);
      }
    });
  }
  return codes;
}

function phaseOf(code) {
  return code.slice(0, code.indexOf("/"));
}

function byCode([a], [b]) {
  return a < b ? -1 : 1;
}

function render(codes) {
  const lines = [
    "# Diagnostics",
    "",
    "Written by `node tools/gen-diagnostics.mjs` from the sources; do not edit. A code never changes its meaning; the wording",
    "of a message may. `…` stands for a piece of the program.",
  ];
  const others = [...codes.keys()].map(phaseOf).filter((phase) => !Object.hasOwn(phases, phase));
  for (const phase of [...Object.keys(phases), ...new Set(others)]) {
    const own = [...codes].filter(([code]) => phaseOf(code) === phase).toSorted(byCode);
    if (own.length === 0) continue;
    const title = phases[phase] ?? phase;
    lines.push("", `## ${title}`, "", "| code | messages |", "|---|---|");
    for (const [code, { severity, messages }] of own) {
      const texts = [...messages].map((text) => text.replaceAll("|", "\\|").replaceAll("\n", " "));
      const mark = severity === "warning" ? " (warning)" : "";
      lines.push(`| \`${code}\`${mark} | ${texts.join("<br>")} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

const codes = collect();
const text = render(codes);
if (!process.argv.includes("--check")) writeFileSync(page, text);
else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/diagnostics.md is out of date: run `node tools/gen-diagnostics.mjs`");
  process.exitCode = 1;
} else console.log(`docs/diagnostics.md: ok, ${codes.size} codes`);
