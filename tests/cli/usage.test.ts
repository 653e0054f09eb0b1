import { chmodSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { nativeBackend } from "../engine/native-backend.ts";
import { anneal, root, temporaryFile } from "./process.ts";

describe("usage errors exit with 2 and one message", () => {
  it.each([
    [["run"], "no program given"],
    [["run", "a.spl", "-c", "print 1"], "found both a file, `a.spl`, and `-c`"],
    [["run", "-c", "print 1", "a", "--", "b"], "found both a file, `a`, and `-c`"],
    [["compile", "a.spl", "-c", "print 1", "--emit", "mir"], "found both a file"],
    [
      ["run", "a.spl", "--mode", "fast"],
      "`--mode` takes auto, jit, interpret, hybrid, found `fast`",
    ],
    [
      ["run", "a.spl", "--backend", "cranelift"],
      "`--backend`: the back end `cranelift` is not available in this version",
    ],
    [["run", "a.spl", "--backend", "gcc"], "`--backend` takes auto, wasm, llvm, found `gcc`"],
    [
      ["run", "a.spl", "--threshold", "0"],
      "`--threshold` takes a whole number from 1 to 1000000000, found `0`",
    ],
    [["run", "a.spl", "--threshold", "ten"], "found `ten`"],
    [["run", "a.spl", "--opt", "4"], "`--opt` takes 0, 1, 2, 3, found `4`"],
    [["run", "a.spl", "--stats=xml"], "`--stats` takes table, json, found `xml`"],
    [["run", "a.spl", "--time-limit", "-5"], "`--time-limit` takes a whole number"],
    [["run", "a.spl", "--max-source", "lots"], "`--max-source` takes a size up to 512MiB"],
    [["run", "a.spl", "--frobnicate"], "unknown option '--frobnicate'"],
    [["compile", "a.spl"], "no form given"],
    [["compile", "a.spl", "--emit", "elf"], "`--emit` takes hir, mir, wasm, object, found `elf`"],
    [["rnu"], "unknown command 'rnu'"],
    [["a.spl"], "unknown command `a.spl`\n  help: run it with `anneal run a.spl`"],
  ])("%j", async (args, message) => {
    const { code, out, err } = await anneal(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
    expect(err).toMatch(/^anneal: error: /);
    expect(err.match(/error/g)).toHaveLength(1);
  });
});

it("arguments of a piece of code stand behind --", async () => {
  const result = await anneal(["run", "-c", "print 1", "--", "a", "b"]);
  expect(result).toMatchObject({ code: 0, out: "1\n" });
});

describe("environment variables", () => {
  const code = ["run", "-c", "print 1"];

  it.each([
    ["ANNEAL_MODE", "fast"],
    ["ANNEAL_BACKEND", "gcc"],
    ["ANNEAL_BACKEND", "cranelift"],
    ["ANNEAL_THRESHOLD", "many"],
    ["ANNEAL_VERBOSE", "perhaps"],
    ["SIMPLE_JIT_BACKEND", "cranelift"],
    ["SIMPLE_JIT_VERBOSE", "perhaps"],
  ])("a bad %s is a usage error that names it (%s)", async (name, value) => {
    const result = await anneal(code, { environment: { [name]: value } });
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain(`\`${name}\``);
    expect(result.err).toContain(`\`${value}\``);
  });

  it("options win over variables, and Anneal's variables over Simple's", async () => {
    const environment = { ANNEAL_MODE: "fast", ANNEAL_BACKEND: "wasm", SIMPLE_JIT_BACKEND: "llvm" };
    const result = await anneal([...code, "--mode", "jit"], { environment });
    expect(result).toMatchObject({ code: 0, out: "1\n", err: "" });
  });

  it("ANNEAL_MODE sets the mode", async () => {
    const environment = { ANNEAL_MODE: "interpret" };
    const { err } = await anneal([...code, "--stats=json"], { environment });
    expect(JSON.parse(err)).toMatchObject({ mode: "interpret", compiles: 0 });
  });

  it("an empty variable is as good as none", async () => {
    const environment = { ANNEAL_MODE: "", ANNEAL_THRESHOLD: "" };
    expect(await anneal(code, { environment })).toMatchObject({ code: 0, out: "1\n" });
  });
});

describe("input errors exit with 2 and one message", () => {
  it.each<[string, string[], RegExp]>([
    ["a missing file", ["no/such.spl"], /no such file: `no\/such\.spl` \[input\/not-found\]/],
    ["a directory", [root], /is a directory \[input\/directory\]/],
    [
      "Latin-1",
      [temporaryFile("latin.spl", Buffer.from('val a = 1\nval b = "caf\xe9"\n', "latin1"))],
      /latin\.spl:2:13: error: not valid UTF-8: byte 0xe9 at offset 22 \[input\/not-utf8\]\n {2}2 \| val b = "caf\ufffd"/,
    ],
    [
      "a binary file",
      [temporaryFile("binary.spl", readFileSync(process.execPath).subarray(0, 4096))],
      /binary\.spl:1:\d+: error: found a NUL byte at offset \d+: this is not a text file/,
    ],
    [
      "UTF-16",
      [temporaryFile("wide.spl", Buffer.from("\ufeffprint 1\n", "utf16le"))],
      /is UTF-16, not UTF-8/,
    ],
    [
      "a file of 10 MB",
      [temporaryFile("large.spl", "print 1\n".repeat(1_250_000))],
      /large\.spl` is too large: 9\.5 MiB, the limit is 4 MiB .*\n {2}help: raise the limit with `--max-source 16MiB`/,
    ],
  ])("%s", async (_name, args, message) => {
    const result = await anneal(["run", ...args]);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toMatch(message);
    expect(result.err.match(/error:/g)).toHaveLength(1);
  });

  it("too much on standard input", async () => {
    const input = "# comment\n".repeat(1000);
    const result = await anneal(["run", "-", "--max-source", "1KiB"], { input });
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain("`<stdin>` is too large: the limit is 1 KiB");
  });

  it("a longer file runs with --max-source", async () => {
    const file = temporaryFile("long.spl", `${"# comment\n".repeat(500_000)}print 1\n`);
    expect(await anneal(["run", file])).toMatchObject({ code: 2 });
    const result = await anneal(["run", file, "--max-source", "16MiB"]);
    expect(result).toMatchObject({ code: 0, out: "1\n" });
  });

  it.skipIf(process.getuid?.() === 0)("a file without permission", async () => {
    const file = temporaryFile("secret.spl", "print 1\n");
    chmodSync(file, 0);
    const result = await anneal(["run", file]);
    expect(result).toMatchObject({ code: 2 });
    expect(result.err).toContain("no permission to read");
  });
});

describe("other commands", () => {
  it("--version prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
      version: string;
    };
    expect(await anneal(["--version"])).toEqual({
      code: 0,
      signal: null,
      out: `${version}\n`,
      err: "",
    });
  });

  it("--help shows every command and examples", async () => {
    const { code, out } = await anneal(["--help"]);
    expect(code).toBe(0);
    for (const word of ["run", "compile", "doctor", "bench", "Examples:", "ANNEAL_MODE"]) {
      expect(out).toContain(word);
    }
  });

  it("doctor finds what is required", async () => {
    const { code, out } = await anneal(["doctor"]);
    expect(code).toBe(0);
    expect(out).toMatch(/ok +Node 20\.19 or newer +v\d+/);
    expect(out).toMatch(/ok +wasm: shared memory/);
    expect(out).toMatch(/\nready\n$/);
  });

  it("doctor says how to get what is optional and missing", async () => {
    const environment = { PATH: "", ANNEAL_LLVM: "/no/such/libLLVM.so", ANNEAL_CLANG: "noclang" };
    const { code, out } = await anneal(["doctor"], { environment });
    expect(code).toBe(0);
    for (const [name, get] of [
      ["clang", "`ANNEAL_CLANG` is `noclang`, which cannot be run: apt install clang"],
      ["GCC for aarch64", "apt install gcc-aarch64-linux-gnu"],
      ["QEMU", "apt install qemu-user"],
      ["libLLVM", "`ANNEAL_LLVM` is `/no/such/libLLVM.so`, which is not there"],
      ["libLLVM", "apt install libllvm"],
    ] as const) {
      const line = out.split("\n").find((each) => each.includes(name));
      expect(line, name).toMatch(/^ {2}no /);
      expect(line, name).toContain(get);
    }
  });
});

describe("compile", () => {
  const program = temporaryFile(
    "twice.spl",
    "fn twice(n: i64) -> i64: n + n\n\nfn main() -> i64: twice(3)\n",
  );

  it.each([
    ["hir", /twice/],
    ["mir", /func @twice.*\{\nblock0\(v0: i64\):/],
    ["wasm", /i64\.add/],
  ])("--emit %s prints text", async (form, pattern) => {
    const { code, out, err } = await anneal(["compile", program, "--emit", form]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(pattern);
  });

  it("--function selects one function", async () => {
    const { out } = await anneal(["compile", program, "--emit", "mir", "--function", "twice"]);
    expect(out.match(/^func /gm)).toHaveLength(1);
  });

  it("an unknown function is an error that lists the known ones", async () => {
    const result = await anneal(["compile", program, "--emit", "mir", "--function", "thrice"]);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain("`twice`");
  });

  it("-o writes an object with the dylink.0 section", async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "anneal-test-")), "twice.wasm");
    const result = await anneal(["compile", program, "--emit", "object", "-o", file]);
    expect(result).toEqual({ code: 0, signal: null, out: "", err: "" });
    const bytes = readFileSync(file);
    expect(bytes.subarray(0, 4).toString("latin1")).toBe("\0asm");
    expect(bytes.subarray(8, 32).toString("latin1")).toContain("dylink.0");
  });

  it("says why a file cannot be written", async () => {
    const output = "/no/such/folder/twice.wasm";
    const result = await anneal(["compile", program, "--emit", "object", "-o", output]);
    expect(result.code).toBe(2);
    expect(result.err).toContain(`cannot write \`${output}\``);
  });
});

/** No libLLVM is found. */
const environment = { ANNEAL_LLVM: "/nonexistent" };

it("says that there is no libLLVM", async () => {
  const { code, out, err } = await anneal(["run", "-c", "print [1]", "--backend", "llvm"], {
    environment,
  });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(
    /^anneal: error: the back end `llvm` is not available: .*\n {2}help: .*apt install/,
  );
});

describe("the back end `auto`", () => {
  const note =
    /^anneal: note: `auto` takes the back end `wasm`: .*\/nonexistent.*; `anneal doctor` says how to get native code\n$/;
  const program = `use compiler.execution.mod.{set_jit_backend, get_jit_backend, LocalExecutionManager}
print "{get_jit_backend()} {set_jit_backend("auto")} {get_jit_backend()} {LocalExecutionManager.auto_select().backend_name()}"
`;

  it("is wasm without libLLVM, and says so once", async () => {
    const { code, out, err } = await anneal(["run", "-c", program, "--backend", "auto"], {
      environment,
    });
    expect({ code, out }).toEqual({ code: 0, out: "wasm true wasm wasm\n" });
    expect(err).toMatch(note);
  });

  it("says so when a program asks for it", async () => {
    const asked = await anneal(["run", "-c", program], { environment });
    expect(asked.out).toBe("wasm true wasm wasm\n");
    expect(asked.err).toMatch(note);
    const other = await anneal(["run", "-c", 'print "quiet"'], { environment });
    expect(other).toMatchObject({ out: "quiet\n", err: "" });
  });

  it("says so once for all specs, and for all that is typed", async () => {
    const spec = (name: string): string =>
      temporaryFile(
        `${name}_spec.spl`,
        `describe "${name}":\n    it "runs":\n        assert(true)\n`,
      );
    const variables = { environment: { ...environment, ANNEAL_BACKEND: "auto" } };
    const specs = await anneal(["test", spec("one"), spec("two"), "--tier", "all"], variables);
    expect(specs.code).toBe(0);
    expect(specs.err).toMatch(note);
    const typed = await anneal(["repl", "--backend", "auto"], { environment, input: "1\n2\n3\n" });
    expect(typed.code).toBe(0);
    expect(typed.err).toMatch(note);
  });

  it.skipIf(nativeBackend === undefined)("is native code where that is there", async () => {
    const { code, out, err } = await anneal(["run", "-c", program, "--backend", "auto"]);
    expect({ code, out, err }).toEqual({ code: 0, out: "llvm true llvm llvm\n", err: "" });
  });
});
