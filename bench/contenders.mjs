// Who runs: the tiers of Anneal, and the same program in other languages where their tools are present.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { firstLine } from "./process.mjs";

const programsFolder = path.join(import.meta.dirname, "programs");
const annealScript = path.join(import.meta.dirname, "..", "bin", "anneal.js");

/** A copy of the Simple program with other constants; the other languages take them as arguments. */
function simpleSource(folder, program, size, repeat) {
  const text = readFileSync(path.join(programsFolder, `${program}.spl`), "utf8")
    .replace(/^const SIZE = \d+$/m, `const SIZE = ${size}`)
    .replace(/^const REPEAT = \d+$/m, `const REPEAT = ${repeat}`);
  const file = path.join(folder, `${program}-${size}-${repeat}.spl`);
  writeFileSync(file, text);
  return file;
}

function anneal(folder, name, mode, { options = [], ...rest } = {}) {
  return {
    name,
    ...rest,
    command(program, size, repeat) {
      const file = simpleSource(folder, program, size, repeat);
      return [process.execPath, [annealScript, "run", file, "--mode", mode, ...options]];
    },
  };
}

/** Whether the program exists in a language. */
function hasProgram(program, extension) {
  return existsSync(path.join(programsFolder, `${program}.${extension}`));
}

function compileC(folder, compiler, program) {
  const binary = path.join(folder, `${program}-c`);
  const source = path.join(programsFolder, `${program}.c`);
  const result = spawnSync(compiler, ["-O2", "-o", binary, source, "-lm"], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${compiler} ${source}: ${result.stderr}`);
  return binary;
}

function peer(name, extension, tool) {
  return {
    name,
    informative: name !== "node",
    has: (program) => hasProgram(program, extension),
    command(program, size, repeat) {
      return [tool, [path.join(programsFolder, `${program}.${extension}`), `${size}`, `${repeat}`]];
    },
  };
}

/** The contenders that this machine can run (those with `warmUp` only for the warm-up curve), and a line about each peer that is missing. */
export function findContenders(folder) {
  mkdirSync(folder, { recursive: true });
  const contenders = [
    anneal(folder, "jit", "jit"),
    anneal(folder, "auto", "auto"),
    anneal(folder, "hybrid", "hybrid", { informative: true }),
    anneal(folder, "interpret", "interpret", { small: "interpret" }),
    anneal(folder, "jit-small", "jit", { small: "jit" }),
    peer("node", "js", process.execPath),
  ];
  const missing = [];
  const versions = {};
  const llvm = spawnSync(
    process.execPath,
    [annealScript, "run", "-c", "print [0]", "--backend", "llvm", "--mode", "jit"],
    {
      encoding: "utf8",
    },
  );
  if (llvm.status === 0) {
    const options = ["--backend", "llvm"];
    contenders.push(anneal(folder, "llvm", "jit", { informative: true, options }));
    contenders.push(anneal(folder, "auto-llvm", "auto", { warmUp: true, options }));
  } else missing.push(`llvm: ${llvm.stderr.split("\n")[0]}`);
  const cc = firstLine("cc", ["--version"]);
  if (cc === undefined) missing.push("C: no `cc` on this machine");
  else {
    versions.C = `${cc}, -O2`;
    const binaries = new Map();
    contenders.push({
      name: "c",
      informative: true,
      has: (program) => hasProgram(program, "c"),
      command(program, size, repeat) {
        if (!binaries.has(program)) binaries.set(program, compileC(folder, "cc", program));
        return [binaries.get(program), [`${size}`, `${repeat}`]];
      },
    });
  }
  const luajit = firstLine("luajit", ["-v"]);
  if (luajit === undefined) missing.push("LuaJIT: no `luajit` on this machine");
  else {
    versions.LuaJIT = luajit;
    contenders.push(peer("luajit", "lua", "luajit"));
  }
  return { contenders, missing, versions };
}
