// Who may have signed what a device takes from files.
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { AheadFiles, openAheadFile } from "../../src/ahead/index.ts";
import { sealAhead, unsealAhead, wasmTarget } from "../../src/protocol/index.ts";
import { currentAbi } from "../../src/runtime/index.ts";
import {
  nextIssue,
  openCacheKey,
  openSigningKey,
  publicFileOf,
  readPublicKeys,
} from "../../src/store/index.ts";
import { signerWith, TrustedKeys } from "../../src/transport/index.ts";
import { anneal } from "../cli/process.ts";
import { TestDevice } from "./harness.ts";
import { pause, RunningCommand, serverProcess } from "./processes.ts";

const folder = mkdtempSync(path.join(tmpdir(), "anneal-signed-"));
const inFolder = (name: string): string => path.join(folder, name);

const app = `
extern fn rt_thread_sleep(millis: i64)
fn shape(i: i64) -> i64: i * 2
fn main():
    while true:
        print "shape {shape(1)}"
        rt_thread_sleep(5)
`;

describe("keys in files", () => {
  it("are made once, for their owner alone", () => {
    const file = path.join(inFolder("made"), "key");
    const made = openSigningKey(file);
    expect(made.isNew).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = openSigningKey(file);
    expect(again.isNew).toBe(false);
    expect(again.publicKey).toEqual(made.publicKey);
    expect(readPublicKeys(publicFileOf(file))).toEqual([made.publicKey]);
    const cache = path.join(inFolder("made"), "cache");
    expect(openCacheKey(cache)).toEqual(openCacheKey(cache));
    expect(openCacheKey(cache)).toHaveLength(32);
  });

  it("number what they sign, always upwards, whatever the clock says", () => {
    const file = inFolder("numbers");
    expect(nextIssue(file, 1000)).toBe(1000);
    expect(nextIssue(file, 5)).toBe(1001);
    expect(nextIssue(file, 1001)).toBe(1002);
    expect(nextIssue(file, 3000)).toBe(3000);
    writeFileSync(`${file}.issue`, "damaged");
    expect(nextIssue(file, 4000)).toBe(4000);
    expect(nextIssue(path.join(folder, "nowhere", "key"), 5)).toBe(5);
  });

  it("are refused if others may read or change them, and if they are something else", () => {
    const file = inFolder("open");
    openSigningKey(file);
    chmodSync(file, 0o640);
    expect(() => openSigningKey(file)).toThrow("others may read");
    chmodSync(publicFileOf(file), 0o666);
    expect(() => readPublicKeys(publicFileOf(file))).toThrow("others may write");
    writeFileSync(inFolder("text"), "something else", { mode: 0o600 });
    expect(() => openSigningKey(inFolder("text"))).toThrow("holds no key");
    expect(() => readPublicKeys(inFolder("text"))).toThrow("has no public key");
    expect(() => openCacheKey(inFolder("text"))).toThrow("holds no key");
  });
});

describe("a sealed file", () => {
  const own = openSigningKey(inFolder("own"));
  const other = openSigningKey(inFolder("other"));
  const head = { abi: currentAbi(), target: wasmTarget };
  const content = Uint8Array.from({ length: 100 }, (_, index) => index);
  const signed = sealAhead(content, head, signerWith(own, 7));
  const trust = new TrustedKeys([own.publicKey]);

  it("is taken if a trusted key has signed it", () => {
    expect(openAheadFile(signed, trust).content).toEqual(content);
    const both = new TrustedKeys([other.publicKey, own.publicKey]);
    expect(openAheadFile(signed, both).content).toEqual(content);
  });

  it("is refused if nobody has signed it, or somebody else", () => {
    const plain = sealAhead(content, head, null);
    expect(() => openAheadFile(plain, trust)).toThrow("it is not signed");
    expect(openAheadFile(plain, new TrustedKeys(null)).content).toEqual(content);
    const strange = sealAhead(content, head, signerWith(other, 7));
    expect(() => openAheadFile(strange, trust)).toThrow(/signed with the key SHA256:.* trusts SHA/);
    // The signature of one file with the head of another.
    const mixed = { ...unsealAhead(strange).head, publicKey: own.publicKey };
    const problem = trust.problemWith({ head: mixed, signed: unsealAhead(signed).signed });
    expect(problem).toContain("it was changed since");
  });

  it("is refused with any byte changed, and at any length, whoever is trusted", () => {
    for (let at = 0; at < signed.length; at += 1) {
      const changed = Uint8Array.from(signed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openAheadFile(changed, trust)).toThrow();
      expect(() => openAheadFile(signed.subarray(0, at), trust)).toThrow();
    }
    const last = Uint8Array.from(signed);
    last[last.length - 1] = 0;
    expect(() => openAheadFile(last, new TrustedKeys(null))).toThrow("it was changed since");
  });

  it("is refused if it is given another number", () => {
    const { content: rest, head: old } = unsealAhead(signed);
    const reused = { publicKey: own.publicKey, sign: () => old.signature ?? rest, issue: 8 };
    const renumbered = sealAhead(rest, head, reused);
    expect(() => openAheadFile(renumbered, trust)).toThrow("it was changed since");
  });

  it("is refused if it was made for another ABI", () => {
    const old = sealAhead(content, { ...head, abi: "old" }, signerWith(own, 7));
    expect(() => openAheadFile(old, trust)).toThrow("another version of anneal");
  });
});

describe("anneal compile --aot and anneal device", () => {
  const compile = (output: string, key: string, more: readonly string[] = []) =>
    anneal(["compile", "--aot", "app.spl", "--sign-key", key, "-o", output, ...more], {
      cwd: folder,
    });

  beforeAll(async () => {
    writeFileSync(inFolder("app.spl"), app);
    expect(await compile("mine.anneal", "mine")).toMatchObject({
      code: 0,
      err: expect.stringMatching(/signed with a new key, `mine` \(SHA256:.*`mine.pub`/) as string,
    });
    expect(await compile("mine.anneal", "mine")).toMatchObject({ code: 0, err: "" });
    expect(await compile("theirs.anneal", "theirs")).toMatchObject({ code: 0 });
    const { content, head } = unsealAhead(readFileSync(inFolder("mine.anneal")));
    writeFileSync(inFolder("plain.anneal"), sealAhead(content, head, null));
    const damaged = readFileSync(inFolder("mine.anneal"));
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 9) ^ 1, damaged.length - 9);
    writeFileSync(inFolder("damaged.anneal"), damaged);
    writeFileSync(inFolder("secret"), "a secret of some length", { mode: 0o600 });
  }, 60_000);

  const device = (...args: readonly string[]) =>
    new RunningCommand(["device", ...args, "--compile", "127.0.0.1:1", "--no-nrepl"], folder);

  it.each([
    ["plain.anneal", "it is not signed"],
    ["theirs.anneal", "it is signed with the key SHA256:"],
    ["damaged.anneal", "it was changed since"],
  ])("refuses %s", async (file, reason) => {
    const refused = device(file, "--trust-key", "mine.pub");
    await refused.ended;
    expect(refused.child.exitCode).toBe(2);
    expect(refused.errors).toContain(reason);
    expect(refused.output).toBe("");
  });

  it("runs what a trusted key has signed, with or without a secret", async () => {
    for (const more of [[], ["--secret-file", "secret"]]) {
      const running = device("mine.anneal", "--trust-key", "theirs.pub", "mine.pub", ...more);
      await running.printed(/shape 2\n/);
      await running.kill();
    }
  }, 60_000);

  it("needs a key to trust where there is a secret", async () => {
    const plain = device("mine.anneal", "--secret-file", "secret");
    await plain.ended;
    expect(plain.child.exitCode).toBe(2);
    expect(plain.errors).toContain("a device with a secret takes from `mine.anneal` only what is");
    const watching = device("app.spl", "--secret-file", "secret", "--watch-objects", folder);
    await watching.ended;
    expect(watching.errors).toContain("--trust-key");
  }, 60_000);

  it("loads from a watched folder only what is signed", async () => {
    const watched = mkdtempSync(path.join(tmpdir(), "anneal-watched-"));
    writeFileSync(inFolder("app.spl"), app);
    writeFileSync(inFolder("piece.spl"), "fn shape(i: i64) -> i64: i * 10\n");
    for (const key of ["mine", "theirs"]) {
      const output = path.join(watched, `${key}.anneal`);
      const args = ["compile", "--aot", "--for", "app.spl", "piece.spl", "--sign-key", key];
      expect(await anneal([...args, "-o", output], { cwd: folder })).toMatchObject({ code: 0 });
    }
    const running = device("mine.anneal", "--trust-key", "mine.pub", "--watch-objects", watched);
    await running.printed(/shape 10\n/);
    await running.complained(/theirs.anneal/);
    expect(running.errors).toMatch(/theirs.anneal does not fit: it is signed with the key SHA256:/);
    expect(running.errors).toContain("mine.anneal is loaded");
    await running.kill();
  }, 60_000);

  it("keeps pieces under a key of its own where it trusts only what is signed", async () => {
    const { server, port } = await serverProcess();
    const environment = { XDG_CONFIG_HOME: inFolder("config") };
    const start = (): RunningCommand => {
      const address = ["--compile", `127.0.0.1:${port}`, "--no-nrepl"];
      const kept = ["--trust-key", "mine.pub", "--cache", inFolder("cache")];
      return new RunningCommand(["device", "app.spl", ...address, ...kept], folder, environment);
    };
    const first = start();
    await first.printed(/shape 2\n/);
    // The piece is written when nobody waits for anything.
    await vi.waitFor(
      () =>
        expect(readdirSync(inFolder("cache"))).toContainEqual(expect.stringMatching(/\.anneal$/)),
      { timeout: 20_000 },
    );
    await first.kill();
    await server.kill();
    const second = start();
    await second.printed(/shape 2\n/);
    await second.kill();
    writeFileSync(inFolder("config/anneal/cache-key"), "00".repeat(32));
    const third = start();
    await third.complained(/no compile server/);
    await pause(300);
    expect(third.output).toBe("");
    await third.kill();
  }, 60_000);

  it("signs with the user's own key, which is made at the first use", async () => {
    const environment = { XDG_CONFIG_HOME: inFolder("config") };
    const args = ["compile", "--aot", "app.spl", "-o", "own.anneal"];
    const { code, err } = await anneal(args, { cwd: folder, environment });
    expect(code).toBe(0);
    expect(err).toContain("config/anneal/signing-key.pub");
    const key = inFolder("config/anneal/signing-key");
    expect(statSync(key).mode & 0o777).toBe(0o600);
    chmodSync(key, 0o644);
    expect(await anneal(args, { cwd: folder, environment })).toMatchObject({
      code: 2,
      err: expect.stringContaining("others may read") as string,
    });
  }, 60_000);
});

describe("files that are older than what a device has taken", () => {
  const compile = async (text: string, output: string, ...more: readonly string[]) => {
    writeFileSync(inFolder(more.length > 0 ? "change.spl" : "old.spl"), text);
    const args = ["compile", "--aot", ...(more.length > 0 ? [] : ["old.spl"]), ...more];
    const done = await anneal([...args, "--sign-key", "signer", "-o", output], { cwd: folder });
    expect(done.code).toBe(0);
  };
  const program = (shape: number): string => app.replace("i * 2", String(shape));
  const change = (shape: number): string => `fn shape(i: i64) -> i64: ${shape}\n`;
  const device = (file: string, ...more: readonly string[]) => {
    const args = ["device", file, "--trust-key", "signer.pub", ...more];
    return new RunningCommand([...args, "--compile", "127.0.0.1:1", "--no-nrepl"], folder);
  };
  const runs = async (file: string, shape: number, ...more: readonly string[]): Promise<void> => {
    const running = device(file, ...more);
    await running.printed(new RegExp(`shape ${shape}\n`));
    await running.kill();
  };
  const isRefused = async (file: string): Promise<void> => {
    const running = device(file);
    await running.ended;
    expect(running.child.exitCode).toBe(2);
    expect(running.output).toBe("");
    expect(running.errors).toMatch(
      /it was signed at 20.*Z, and this device has taken `old.spl` of 20.*Z: .*\n.*--allow-older/,
    );
  };

  it("are refused, until the device is told to go back", async () => {
    await compile(program(1), "one.anneal");
    await compile(program(2), "two.anneal");
    await runs("one.anneal", 1);
    await runs("two.anneal", 2);
    await isRefused("one.anneal");
    await runs("two.anneal", 2);
    await runs("one.anneal", 1, "--allow-older");
    await runs("one.anneal", 1);
    await runs("two.anneal", 2);
    // Going back without the device's help: the old source, signed anew.
    await compile(program(1), "three.anneal");
    await runs("three.anneal", 1);
    await isRefused("two.anneal");
  }, 120_000);

  it("count when they run, not when they cannot", async () => {
    await compile(program(5), "five.anneal");
    await compile("print [1][7]\n", "broken.anneal");
    await runs("five.anneal", 5);
    const native = device("broken.anneal", "--target", "native");
    await native.ended;
    await runs("five.anneal", 5);
  }, 120_000);

  it("are refused in a watched folder, too, each piece by its name", async () => {
    const watched = mkdtempSync(path.join(tmpdir(), "anneal-watched-"));
    await compile(program(2), "base.anneal");
    const piece = ["--for", "old.spl", "change.spl"];
    await compile(change(10), "ten.anneal", ...piece);
    await compile(change(20), "twenty.anneal", ...piece);
    const put = (name: string): void =>
      copyFileSync(inFolder(name), path.join(watched, "a.anneal"));
    put("twenty.anneal");
    const running = device("base.anneal", "--watch-objects", watched);
    await running.printed(/shape 20\n/);
    put("ten.anneal");
    await running.complained(/does not fit/);
    expect(running.errors).toMatch(
      /a.anneal does not fit: it was signed at .*taken `change.spl` for `old.spl` of 20/,
    );
    expect(running.output).not.toContain("shape 10\n");
    await running.kill();
    await runs("base.anneal", 10, "--watch-objects", watched, "--allow-older");
  }, 120_000);

  it("cannot be told apart where nothing can be kept, so nothing is taken", () => {
    const file = inFolder("a-file");
    writeFileSync(file, "");
    const keys = { trustedKeys: [inFolder("signer.pub")] };
    expect(() => new AheadFiles({ ...keys, folder: file })).toThrow(/EEXIST|ENOTDIR/);
    const shared = mkdtempSync(path.join(tmpdir(), "anneal-shared-"));
    chmodSync(shared, 0o777);
    expect(() => new AheadFiles({ ...keys, folder: shared })).toThrow("others may write");
  });

  it("are not looked for where nobody has to sign", () => {
    const files = new AheadFiles();
    for (const name of ["two.anneal", "one.anneal"]) files.program(inFolder(name)).onStarted?.();
    expect(files.program(inFolder("one.anneal")).request.path).toBe("old.spl");
  });
});

describe("a device without a secret", () => {
  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4")?.address;

  it.skipIf(address === undefined)("says nothing to a server on another machine", async () => {
    let said = 0;
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", ({ length }) => {
        said += length;
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, address, resolve);
    });
    const { port } = server.address() as AddressInfo;
    const device = new TestDevice(port, { address: { host: address ?? "", port } });
    expect((await device.evaluate("1")).end).toMatchObject({
      kind: "failed",
      failure: { code: "secret", message: expect.stringContaining("on another machine") as string },
    });
    expect(said).toBe(0);
    await device.stop();
    server.close();
  });
});
