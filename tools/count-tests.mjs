// Prints `PASSED FAILED` of a JSON report of vitest. A test file that could not be run counts as one failure.
import { readFileSync } from "node:fs";

const [file = ""] = process.argv.slice(2);
const report = JSON.parse(readFileSync(file, "utf8"));
const broken = report.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
);
console.log(`${report.numPassedTests} ${report.numFailedTests + broken.length}`);
