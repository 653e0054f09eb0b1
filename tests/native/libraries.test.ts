// Libraries that nobody here wrote: compiled as they are, loaded as objects that refer to each other, and called.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import zlib from "node:zlib";
import {
  loadNative,
  NativePools,
  NativeSymbolTable,
  unloadNative,
  type LoadedNative,
} from "../../src/loader/native/index.ts";
import { openNativeHost, type NativeHost } from "../../src/native-host/index.ts";
import { hasTool } from "./oracle.ts";
import {
  clang,
  compileFiles,
  compileLibrary,
  gcc,
  libraryFolder,
  lua,
  whyNoLibrary,
  type Compiler,
  type LibraryName,
} from "./libraries.ts";

const opened = openNativeHost(import.meta.url);

function host(): NativeHost {
  if (opened.kind === "absent") throw new Error(opened.reason);
  return opened;
}

/** Functions of loaded objects, by name and types. */
type Find = (
  name: string,
  result: string,
  parameters: readonly string[],
) => ReturnType<NativeHost["callable"]>;

interface LoadedLibrary {
  readonly loaded: LoadedNative;
  readonly find: Find;
  readonly close: () => void;
}

function load(objects: readonly Uint8Array[]): LoadedLibrary {
  const { machine, process, memory } = host();
  const pools = new NativePools(memory);
  const symbols = new NativeSymbolTable();
  const environment = { machine, pools, symbols, process, initializers: "list" } as const;
  const loaded = loadNative(objects, environment);
  if (loaded.kind === "refused") throw new Error(loaded.message);
  for (const address of loaded.initializers) host().callable(address, "void", [])();
  return {
    loaded,
    find: (name, result, parameters) => {
      const symbol = loaded.symbols.get(name);
      if (symbol === undefined) throw new Error(`no ${name}`);
      return host().callable(symbol.address, result, parameters);
    },
    close: () => {
      for (const address of loaded.finalizers) host().callable(address, "void", [])();
      unloadNative(loaded, pools);
      pools.close();
    },
  };
}

/** All levels of both compilers take minutes: `ANNEAL_LIBRARY_LEVELS="-O0 -O1 -O2 -O3 -Os"`. */
const levels = process.env["ANNEAL_LIBRARY_LEVELS"]?.split(" ");
const usual: readonly (readonly [Compiler, readonly string[]])[] = [
  [clang, ["-O2"]],
  [gcc, ["-O0", "-O3"]],
];

function eachBuild(
  library: LibraryName,
  builds: readonly (readonly [Compiler, readonly string[]])[],
  check: (objects: readonly Uint8Array[], compiler: Compiler, flags: readonly string[]) => unknown,
): void {
  const absent = opened.kind === "absent" ? ` (skipped: ${opened.reason})` : "";
  for (const [compiler, own] of builds) {
    for (const level of levels ?? own) {
      const why = absent === "" ? whyNoLibrary(library, compiler) : absent;
      test.skipIf(why !== "")(`${compiler.name} ${level}${why}`, { timeout: 600_000 }, async () => {
        // Clang's code is fit to be loaded as it is; that of GCC takes variables of the C library to be near.
        const flags = compiler === clang ? [level] : [level, "-fPIC"];
        await check(await compileLibrary(library, compiler, flags), compiler, flags);
      });
    }
  }
}

describe("zlib: compresses as the library of Node reads it, and the other way round", () => {
  const text = readFileSync(new URL("../../docs/language.md", import.meta.url));
  const noise = Uint8Array.from({ length: 70_000 }, (_, i) => (i * i * 7919) >> 7);
  eachBuild("zlib", usual, (objects) => {
    const { loaded, find, close } = load(objects);
    const buffer = ["void *", "void *", "void *", "ulong"];
    const compress = find("compress2", "int", [...buffer, "int"]);
    const uncompress = find("uncompress", "int", buffer);
    const bound = find("compressBound", "ulong", ["ulong"]);
    const into = (size: number, call: (to: Uint8Array, length: BigUint64Array) => unknown) => {
      const to = new Uint8Array(size);
      const length = BigUint64Array.of(BigInt(size));
      expect(call(to, length)).toBe(0);
      return to.subarray(0, Number(length[0]));
    };
    for (const input of [text, noise, new Uint8Array(0)]) {
      const bytes = Uint8Array.from(input);
      for (const level of [0, 1, 6, 9]) {
        const packed = into(Number(bound(bytes.length)), (to, length) =>
          compress(to, length, bytes, bytes.length, level),
        );
        expect(Buffer.compare(zlib.inflateSync(packed), bytes)).toBe(0);
      }
      const packed = zlib.deflateSync(bytes);
      const back = into(bytes.length, (to, length) =>
        uncompress(to, length, packed, packed.length),
      );
      expect(Buffer.compare(back, bytes)).toBe(0);
    }
    const crc = find("crc32", "ulong", ["ulong", "void *", "uint"]);
    expect(crc(0, text, text.length)).toBe(zlib.crc32(text));
    const bad = Uint8Array.of(1, 2, 3, 4);
    expect(uncompress(new Uint8Array(8), BigUint64Array.of(8n), bad, 4)).toBe(-3);
    expect(find("zError", "str", ["int"])(-3)).toBe("data error");
    expect(loaded.imports).toContain("malloc");
    close();
  });
});

describe("Lua: runs a program with closures, errors, coroutines and the libraries", () => {
  eachBuild(
    "lua",
    [
      [clang, ["-O2"]],
      [gcc, ["-O0"]],
    ],
    (objects) => {
      const { find, close } = load(objects);
      const state = find("luaL_newstate", "uintptr_t", [])();
      find("luaL_openlibs", "void", ["uintptr_t"])(state);
      const text = find("lua_tolstring", "str", ["uintptr_t", "int", "uintptr_t"]);
      const run = (program: string): unknown => {
        const loaded = find("luaL_loadstring", "int", ["uintptr_t", "str"])(state, program);
        const types = ["uintptr_t", "int", "int", "int", "intptr_t", "uintptr_t"];
        const status =
          loaded === 0 ? find("lua_pcallk", "int", types)(state, 0, 1, 0, 0, 0) : loaded;
        const result = [status, text(state, -1, 0)];
        find("lua_settop", "void", ["uintptr_t", "int"])(state, 0);
        return result;
      };
      expect(run(lua.program)).toEqual([0, lua.answer]);
      expect(run("return 1 +")).toEqual([
        3,
        '[string "return 1 +"]:1: unexpected symbol near <eof>',
      ]);
      expect(run("local t = nil; return t.x")).toEqual([
        2,
        "[string \"local t = nil; return t.x\"]:1: attempt to index a nil value (local 't')",
      ]);
      expect(
        run(
          "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(100000)",
        ),
      ).toEqual([0, "100000"]);
      find("lua_close", "void", ["uintptr_t"])(state);
      close();
    },
  );
});

describe("SQLite: creates tables, joins, aggregates, sorts, searches texts", () => {
  eachBuild("sqlite", [[clang, ["-O2"]]], (objects) => {
    const { find, close } = load(objects);
    const handle = new BigUint64Array(1);
    expect(find("sqlite3_open", "int", ["str", "void *"])(":memory:", handle)).toBe(0);
    const database = handle[0];
    const pointer = "uintptr_t";
    const prepare = find("sqlite3_prepare_v2", "int", [pointer, "str", "int", "void *", "void *"]);
    const step = find("sqlite3_step", "int", [pointer]);
    const columns = find("sqlite3_column_count", "int", [pointer]);
    const column = find("sqlite3_column_text", "str", [pointer, "int"]);
    const finalize = find("sqlite3_finalize", "int", [pointer]);
    const message = find("sqlite3_errmsg", "str", [pointer]);
    const query = (sql: string): unknown => {
      const statement = new BigUint64Array(1);
      if (prepare(database, sql, -1, statement, null) !== 0) return message(database);
      const rows: unknown[] = [];
      while (step(statement[0]) === 100) {
        const count = Number(columns(statement[0]));
        rows.push(Array.from({ length: count }, (_, i) => column(statement[0], i)).join("|"));
      }
      expect(finalize(statement[0])).toBe(0);
      return rows;
    };
    expect(query("create table n (i integer primary key, name text, part real)")).toEqual([]);
    const numbers =
      "with recursive s(i) as (select 1 union all select i + 1 from s where i < 1000)";
    expect(query(`insert into n ${numbers} select i, 'n' || (i % 7), i / 8.0 from s`)).toEqual([]);
    expect(
      query("select name, count(*), sum(i), avg(part) from n group by name order by 3"),
    ).toEqual(
      [0, 1, 2, 3, 4, 5, 6]
        .map((k) => {
          const own = Array.from({ length: 1000 }, (_, i) => i + 1).filter((i) => i % 7 === k);
          const sum = own.reduce((a, b) => a + b, 0);
          return { row: [`n${k}`, own.length, sum], mean: sum / 8 / own.length, sum };
        })
        .toSorted((a, b) => a.sum - b.sum)
        .map(({ row, mean }) =>
          [...row, Number.isInteger(mean) ? `${mean}.0` : Number(mean.toPrecision(15))].join("|"),
        ),
    );
    expect(query("select * from absent")).toBe("no such table: absent");
    expect(query("create virtual table t using fts5(body)")).toEqual([]);
    expect(query("insert into t values ('a loader of objects'), ('a linker')")).toEqual([]);
    expect(query("select body from t where t match 'load*'")).toEqual(["a loader of objects"]);
    expect(find("sqlite3_close", "int", [pointer])(database)).toBe(0);
    close();
  });
});

describe("double-conversion (C++): numbers to texts and back as in JavaScript", () => {
  const shim = new URL("sources/double-conversion-shim.cc", import.meta.url).pathname;
  const numbers = [
    0,
    -0,
    1,
    0.1,
    -1.5,
    123456789.123,
    1e21,
    1e-7,
    5e-324,
    2 ** 53 + 2,
    NaN,
    Infinity,
  ];
  eachBuild(
    "double-conversion",
    [
      [clang, ["-O2"]],
      [gcc, ["-O0", "-O3"]],
    ],
    async (objects, compiler, flags) => {
      const folder = libraryFolder("double-conversion");
      const own = { driver: compiler.cxx, flags: [...flags, "-I", folder] };
      const { find, loaded, close } = load([...objects, ...(await compileFiles([shim], own))]);
      // The shim has a variable with a constructor.
      expect(loaded.initializers.length).toBeGreaterThan(0);
      const shown = find("show_double", "str", ["double"]);
      const read = find("read_double", "double", ["str"]);
      const many = Array.from({ length: 2000 }, (_, i) => (i * 0.37 + 1) ** ((i % 41) - 20));
      for (const value of [...numbers, ...many]) {
        expect(shown(value)).toBe(String(value));
        if (!Number.isNaN(value)) expect(read(String(value))).toBe(Number(String(value)));
      }
      expect(find("shown_so_far", "int", [])()).toBe(1000 + numbers.length + many.length);
      close();
    },
  );
});

test.skipIf(opened.kind === "absent" || opened.machine !== "x86_64" || !hasTool(gcc.c))(
  "code of gcc for programs, which takes variables of the C library to be near, is refused with what helps",
  async () => {
    const source = new URL("sources/streams.c", import.meta.url).pathname;
    const flags = ["-O1", "-fPIE"];
    const objects = await compileFiles([source], { driver: gcc.c, flags });
    expect(() => load(objects)).toThrow(
      /R_X86_64_PC32 at `\.text`\+\d+ to `stderr`: value -?\d+ does not fit in 32 bits \(signed\); help: compile with -fPIC/,
    );
    const pic = load(await compileFiles([source], { driver: gcc.c, flags: [...flags, "-fPIC"] }));
    expect(pic.find("tell", "int", ["str"])("")).toBeGreaterThanOrEqual(0);
    pic.close();
  },
);

describe("thread-local variables", () => {
  const source = new URL("sources/thread-local.c", import.meta.url).pathname;
  for (const { name, c } of [clang, gcc]) {
    const why =
      opened.kind === "absent"
        ? ` (skipped: ${opened.reason})`
        : hasTool(c)
          ? ""
          : ` (skipped: no ${c} on this machine)`;
    test.skipIf(why !== "")(`of ${name} are refused${why}`, async () => {
      for (const model of ["-fPIC", "-fPIE"]) {
        const objects = await compileFiles([source], { driver: c, flags: ["-O2", model] });
        expect(() => load(objects), model).toThrow(/`mine` is thread-local/);
      }
    });
  }
});

describe("destructors", () => {
  const source = new URL("sources/destroyed.cc", import.meta.url).pathname;
  for (const { name, cxx } of [clang, gcc]) {
    const why =
      opened.kind === "absent"
        ? ` (skipped: ${opened.reason})`
        : hasTool(cxx)
          ? ""
          : ` (skipped: no ${cxx} on this machine)`;
    test.skipIf(why !== "")(
      `of objects of ${name} run before they are unloaded${why}`,
      async () => {
        for (const flags of [["-O0"], ["-O2", "-fno-exceptions"]]) {
          const all = [...flags, "-fPIC"];
          const objects = await compileFiles([source], { driver: cxx, flags: all });
          const { loaded, find, close } = load(objects);
          const told = find("told", "int", []);
          expect(told()).toBe(1);
          expect(find("use", "int", [])()).toBe(2);
          expect(told()).toBe(12);
          const finalize = host().process.address("__cxa_finalize") ?? 0;
          expect(loaded.handle).not.toBe(0);
          host().callable(finalize, "void", ["uintptr_t"])(loaded.handle);
          // The other way round, each as its complement of ten.
          expect(told()).toBe(1289);
          close();
        }
      },
    );
  }
});
