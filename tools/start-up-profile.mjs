// Runs programs, with the library of the package in the folder given first, and prints, as JSON, the modules of `dist` of which a function was called after they were loaded.
import { readFileSync } from "node:fs";
import { Session } from "node:inspector";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runJob } from "../dist/cli/run.js";

const root = path.join(import.meta.dirname, "..");
const output = path.join(root, "dist");

const session = new Session();
session.connect();
session.post("Profiler.enable");
// Counts begin with this call: what loading the modules has called is not in them.
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
const [, , folder, ...programs] = process.argv;
for (const file of programs) {
  runJob({
    kind: "run",
    root: folder,
    source: { path: file, text: readFileSync(file, "utf8") },
    maxSource: 2 ** 20,
    terminal: { interactive: false, colour: false },
    version: "",
    settings: {
      mode: "auto",
      backend: "wasm",
      collectAlways: false,
      verbose: false,
      stats: "none",
      link: [],
      clangFlags: [],
    },
  });
}
session.post("Profiler.takePreciseCoverage", (error, coverage) => {
  if (error !== null) throw error;
  const called = coverage.result.filter(({ url, functions }) => {
    if (!url.startsWith("file:")) return false;
    return functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0);
  });
  const ids = called.map(({ url }) => path.relative(output, fileURLToPath(url)));
  process.stderr.write(JSON.stringify(ids.filter((id) => !id.startsWith(".."))));
});
