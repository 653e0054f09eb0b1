// Builds after `npm ci` and before `npm pack`. `npx anneal` in a checkout links the package to itself and asks for a
// build again; the one that is there is what the user wants to run.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");
const built = existsSync(path.join(root, "dist/bin/load.cjs"));

if (process.env.npm_command !== "exec" || !built) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["run", "build"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
}
