// `anneal doctor`: what this machine has of what Anneal needs and can use.
import { accessSync, constants, existsSync } from "node:fs";
import { cpus } from "node:os";
import { delimiter, join } from "node:path";
import { loadLlvm } from "../libllvm/index.ts";
import { isSupported, wasmFeatures } from "./wasm-features.ts";
import { writeText } from "./output.ts";
import { painter, type Paint } from "./render.ts";
import type { Terminal } from "./protocol.ts";

/** One line of the report. Missing and required means: Anneal does not run here. */
interface Finding {
  readonly name: string;
  readonly found: boolean;
  readonly required: boolean;
  /** What was found, or how to get it. */
  readonly detail: string;
}

const oldestNode: readonly [number, number] = [20, 19];

/** Prints the report; the result is 0 unless something required is missing. */
export function doctorCommand(root: string, terminal: Terminal): number {
  const paint = painter(terminal.colour);
  const required = [nodeVersion(), ...wasmFindings(), buildPresent(root)];
  const optional = [...toolFindings(), libLlvm(root)];
  const [cpu] = cpus();
  const machine = `${process.platform} ${process.arch}, ${cpu?.model.trim() ?? "unknown CPU"} × ${cpus().length}`;
  const failed = required.some((finding) => !finding.found);
  const lines = [
    `machine   ${machine}`,
    "",
    "required",
    ...required.map((finding) => formatFinding(finding, paint)),
    "",
    "optional",
    ...optional.map((finding) => formatFinding(finding, paint)),
    "",
    failed ? "something required is missing" : "ready",
  ];
  writeText(1, `${lines.join("\n")}\n`);
  return failed ? 1 : 0;
}

function formatFinding({ name, found, required, detail }: Finding, paint: Paint): string {
  const mark = found ? paint("green", "ok") : required ? paint("red", "MISSING") : "no";
  const padding = " ".repeat(Math.max(0, 8 - (found ? 2 : required ? 7 : 2)));
  return `  ${mark}${padding} ${name.padEnd(36)} ${detail}`.trimEnd();
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  const found = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  const detail = found ? process.version : `${process.version}: get a newer one at nodejs.org`;
  return { name: `Node ${oldestMajor}.${oldestMinor} or newer`, found, required: true, detail };
}

function wasmFindings(): Finding[] {
  return wasmFeatures.map((feature) => ({
    name: `wasm: ${feature.name}`,
    found: isSupported(feature),
    required: feature.required,
    detail: feature.use,
  }));
}

function buildPresent(root: string): Finding {
  const found = existsSync(join(root, "dist/bin/load.cjs"));
  return { name: "build", found, required: true, detail: found ? "" : "npm run build" };
}

/** An optional program: any of `commands` will do. */
interface Tool {
  readonly name: string;
  readonly commands: readonly string[];
  /** An environment variable that names another one. */
  readonly variable?: string;
  readonly get: string;
}

/** The names that Debian gives to programs of LLVM. */
function versions(name: string): string[] {
  return [name, ...[22, 21, 20, 19, 18].map((version) => `${name}-${version}`)];
}

const tools: readonly Tool[] = [
  {
    name: "C compiler (bench)",
    commands: ["cc", "gcc", "clang"],
    get: "apt install gcc · brew install llvm",
  },
  {
    name: "clang (C and C++, bench)",
    commands: versions("clang"),
    variable: "ANNEAL_CLANG",
    get: "apt install clang-19 · brew install llvm",
  },
  { name: "LuaJIT (bench)", commands: ["luajit"], get: "apt install luajit · brew install luajit" },
  { name: "wasm-ld (tests)", commands: versions("wasm-ld"), get: "apt install lld-19" },
  {
    name: "GCC for aarch64 (tests)",
    commands: ["aarch64-linux-gnu-gcc"],
    get: "apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
  },
  {
    name: "QEMU, user mode (tests, other CPUs)",
    commands: ["qemu-aarch64", "qemu-aarch64-static"],
    get: "apt install qemu-user",
  },
  {
    name: "Chromium (browser)",
    commands: ["chromium", "chromium-browser", "google-chrome"],
    get: "apt install chromium · brew install --cask chromium",
  },
];

function toolFindings(): Finding[] {
  return tools.map(({ name, commands, variable = "", get }) => {
    const given = process.env[variable] ?? "";
    const wanted = given === "" ? commands : [given];
    const path = wanted.map(findProgram).find((found) => found !== undefined);
    const why = given === "" ? get : `\`${variable}\` is \`${given}\`, which cannot be run: ${get}`;
    return { name, found: path !== undefined, required: false, detail: path ?? why };
  });
}

function findProgram(name: string): string | undefined {
  if (name.includes("/")) return isExecutable(name) ? name : undefined;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function libLlvm(root: string): Finding {
  const search = loadLlvm(join(root, "package.json"));
  const found = search.kind === "found";
  const detail = found
    ? `${search.library.version.join(".")}, ${search.library.path}, for ${search.library.host.cpu}`
    : `${search.reason}: ${search.help}`;
  return { name: "libLLVM (native code)", found, required: false, detail };
}
