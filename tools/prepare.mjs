// Builds after `npm ci` and before `npm pack`. `npx anneal` in a checkout links the package to itself and asks for a
// build too; the one that is there is what the user wants to run, and a failed one would leave npm's cache broken.
import { execFileSync } from "node:child_process";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");

if (process.env.npm_command !== "exec") {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["run", "build"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
}
