// Checks that the code keeps the rules of docs/architecture.md and CONTRIBUTING.md that the compiler and the linter do
// not check. Prints the figures; exits with 1 if a rule is broken.
import { checkDoors, undocumentedExports } from "./structure/doors.mjs";
import { checkImports, checkTable, findCycles, readLayers } from "./structure/layers.mjs";
import { budgets, checkNames, checkSizes, distribution, measure } from "./structure/sizes.mjs";
import { loadSources } from "./structure/tree.mjs";

function printSizes(name, entries) {
  const found = distribution(entries.map(({ size }) => size));
  const budget = budgets[name];
  const parts = Object.keys(budget).map((key) => {
    const mark = found[key] > budget[key] ? " over" : "";
    return `${key} ${found[key]} (budget ${budget[key]}${mark})`;
  });
  console.log(`${name} lines: ${parts.join(", ")}; ${entries.length} ${name}s`);
}

function printTotals({ code, comment, test, any, as, bang }) {
  const share = Math.round((100 * comment) / (code + comment));
  const perThousand = (count) => ((1000 * count) / code).toFixed(1);
  console.log(
    `comments: ${share} % of the lines; unit test lines per source line: ${(test / code).toFixed(2)}`,
  );
  console.log(
    `per 1000 lines: any ${perThousand(any)}, as ${perThousand(as)}, ! ${perThousand(bang)}`,
  );
}

const layers = readLayers();
const sources = loadSources([...layers.keys()]);
const figures = measure(sources);
const { total, undocumented } = undocumentedExports(sources);

printSizes("file", figures.files);
printSizes("function", figures.functions);
printTotals(figures.totals);
console.log(`doors: ${total} names, ${undocumented.length} without a doc comment`);

const problems = [
  ...checkImports(sources, layers),
  ...checkTable(layers),
  ...findCycles(sources),
  ...checkSizes(figures),
  ...checkNames(sources),
  ...checkDoors(sources),
  ...undocumented.map((name) => `${name} is exported by a door and has no doc comment`),
  ...(figures.totals.any + figures.totals.bang > 0 ? ["there is an `any` or a `!`"] : []),
];
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "structure: ok" : `structure: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
