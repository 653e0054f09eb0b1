// A host with a global and an accessor of it in a header: code that is compiled against the header and loaded later sees the
// host's one global. The C is that of examples/host.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NativeSymbols } from "../../src/device/index.ts";
import { openNativeHost } from "../../src/native-host/index.ts";
import type { CompileServer } from "../../src/server/index.ts";
import { hasTool } from "../native/oracle.ts";
import { startServer, TestDevice } from "./harness.ts";
import { compilers, whyNoNative } from "./native-target.ts";

const sources = path.join(import.meta.dirname, "../../examples/host");
const folder = mkdtempSync(path.join(tmpdir(), "anneal-host-"));
const host = openNativeHost(import.meta.url);
const program = readFileSync(path.join(sources, "panel.spl"), "utf8").replaceAll(
  /^fn main[^]*/gm,
  "",
);

afterAll(() => rmSync(folder, { recursive: true }));

/** Compiles a source, of the example or given, and returns the file. */
function compile(output: string, source: string, flags: readonly string[], text?: string): string {
  const file = path.join(text === undefined ? sources : folder, source);
  if (text !== undefined) writeFileSync(file, text);
  const [compiler = "", ...rest] = flags;
  const target = path.join(folder, output);
  execFileSync(compiler, [...rest, "-O1", "-I", sources, file, "-o", target], { stdio: "pipe" });
  return target;
}

/** What the program does on a device with these files: the example says what that means. */
async function expectOneContext(device: TestDevice): Promise<void> {
  await device.evaluate(program);
  expect(await device.value("gui_new_frame()")).toBe("1");
  expect(await device.value("panel_draw(1)")).toBe("10201");
  expect(await device.value("panel_draw(7)")).toBe("10401");
  expect(await device.value("gui_buttons()")).toBe("4");
  expect(await device.value("gui_new_frame()")).toBe("2");
  expect(await device.value("panel_draw(2)")).toBe("20202");
}

const whyNoWasm = ["clang-19", "wasm-ld-19"].every(hasTool)
  ? ""
  : " (skipped: no clang-19 or wasm-ld-19 on this machine)";

/** A module for wasm: names that it does not define are the program's. */
function module(name: string, source: string, text?: string): string {
  const target = "--target=wasm32-unknown-unknown";
  const compiler = ["clang-19", target, "-fPIC", "-fvisibility=default", "-c"];
  const compiled = compile(`${name}.wasm.o`, source, compiler, text);
  const file = path.join(folder, `${name}.wasm`);
  const mode = ["-shared", "--experimental-pic", "--export-dynamic"];
  const flags = [...mode, "--unresolved-symbols=import-dynamic", compiled, "-o", file];
  execFileSync("wasm-ld-19", flags, { stdio: "pipe" });
  return file;
}

describe.skipIf(whyNoWasm !== "")(`a host library in wasm${whyNoWasm}`, () => {
  let server: CompileServer;
  let library = "";
  beforeAll(async () => {
    library = module("gui", "gui.c");
    server = await startServer();
  });
  afterAll(() => server?.stop());

  it("has one context for all code", async () => {
    const symbolModules = [library, module("panel", "panel.c")];
    const device = new TestDevice(server.port, {}, { symbolModules });
    await expectOneContext(device);
    await device.stop();
  });

  it.each([
    [
      "a second definition of a variable",
      "int GImGui;\nint *it(void) { return &GImGui; }\n",
      "`GImGui` is defined by gui.wasm already",
    ],
    [
      "a second definition of a function",
      "int gui_buttons(void) { return 1; }\n",
      "`gui_buttons` is defined by gui.wasm already",
    ],
    [
      "names that nobody defines",
      "int gui_buton(int);\nint draw(void) { return gui_buton(1); }\n",
      "no symbol `gui_buton` (defined: `gui_button`",
    ],
    [
      "another signature",
      "int gui_button(double);\nint draw(void) { return gui_button(1); }\n",
      "`gui_button` is (i32) -> i32 in gui.wasm, the module takes it for (f64) -> i32",
    ],
  ])("refuses %s", async (what, text, message) => {
    const name = what.replaceAll(" ", "-");
    const symbolModules = [library, module(name, `${name}.c`, text)];
    const device = new TestDevice(server.port, {}, { symbolModules });
    await expect(device.device.ready).rejects.toThrow(message);
    await device.stop();
  });
});

const whyNoC = hasTool("gcc") ? whyNoNative : " (skipped: no gcc on this machine)";
const cName = 'extern "C" int panel';
const object = ["gcc", "-c", "-fPIC"];

describe.skipIf(whyNoC !== "")(`a host library of this machine${whyNoC}`, () => {
  let server: CompileServer;
  let library = "";
  let loads = 0;
  beforeAll(async () => {
    library = compile("libgui.so", "gui.c", ["gcc", "-shared", "-fPIC"]);
    server = await startServer({ native: compilers });
  });
  afterAll(() => server?.stop());

  it.each([
    ["C", object, "panel.c", String],
    ["C for fixed addresses", ["gcc", "-c", "-fno-pic", "-mcmodel=large"], "panel.c", String],
    ["C++", ["g++", "-c", "-fPIC"], "panel.cc", (text: string) => text.replace("int panel", cName)],
  ])("has one context for all code, also for an object in %s", async (_, flags, name, edit) => {
    const text = readFileSync(path.join(sources, "panel.c"), "utf8");
    // The system loads a file once for all devices of this process.
    loads += 1;
    const own = path.join(folder, `libgui-${loads}.so`);
    copyFileSync(library, own);
    const panel = compile("panel.o", name, flags, edit(text));
    const symbolModules = [own, panel, path.join(sources, "gui.json")];
    const device = new TestDevice(server.port, {}, { target: "native", symbolModules });
    await expectOneContext(device);
    await device.stop();
  });

  function symbols(): NativeSymbols {
    if (host.kind === "absent") throw new Error(host.reason);
    const made = new NativeSymbols(host);
    made.addLibrary(readFileSync(library), host.openLibrary(library), "libgui.so");
    return made;
  }

  it("keeps its own definitions: those of objects that may give way do, others are refused", () => {
    const known = symbols();
    const before = ["GImGui", "gui_context"].map((name) => known.names.lookup(name));
    known.addObject(readFileSync(compile("panel.o", "panel.c", object)));
    expect(["GImGui", "gui_context"].map((name) => known.names.lookup(name))).toEqual(before);
    expect(before.map((symbol) => symbol?.origin)).toEqual(["libgui.so", "libgui.so"]);
    const tentative = "struct GuiContext *GImGui;\nvoid *tentative(void) { return &GImGui; }\n";
    const common = compile("common.o", "common.c", [...object, "-fcommon"], tentative);
    known.addObject(readFileSync(common));
    expect(known.names.lookup("GImGui")).toEqual(before[0]);
    const strong = compile("strong.o", "strong.c", [...object, "-fno-common"], tentative);
    expect(() => known.addObject(readFileSync(strong))).toThrow(
      "`GImGui` is defined by libgui.so already",
    );
  });

  it("refuses what nobody defines, with the names that are like it", () => {
    const text = "int gui_buton(int);\nint draw(void) { return gui_buton(1); }\n";
    const bytes = readFileSync(compile("wrong.o", "wrong.c", object, text));
    const known = symbols();
    expect(() => known.addObject(bytes)).toThrow(/no symbol `gui_buton` \(defined: `gui_button`/);
    expect(known.names.lookup("draw")).toBeUndefined();
  });
});
