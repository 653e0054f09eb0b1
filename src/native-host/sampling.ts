// Where a thread computes, asked by a timer of its computing time: Linux sends the thread a signal, whose handler is some ten
// instructions of our own that note the interrupted program counter. A sample takes a microsecond.
import type { NativeMemory, NativeSampling, NativeHost } from "../loader/native/index.ts";
import type { Koffi } from "./koffi.ts";
import { encodeSampler } from "./sampler-code.ts";

/** `struct sigaction` of the C library: handler, mask of 128 bytes, flags, and a word that it fills itself. */
const action = { size: 152, flagsAt: 136, info: 4, onStack: 0x0800_0000, restart: 0x1000_0000 };
/** `struct sigevent`: value, signal, way, thread. */
const event = { size: 64, signalAt: 8, wayAt: 12, toThread: 4, threadAt: 16 };
const threadComputingTime = 3;
const unblock = 1;
const signalSetSize = 128;
/** Real-time signals that are tried, from the lowest of them on; the first are popular. */
const triedFrom = 9;
const tried = 8;
/** Words of the memory that the handler writes to: a count, then so many places in turn. */
const places = 1024;
const wordSize = 8;

function bind(koffi: Koffi) {
  const library = koffi.load(null);
  return {
    lowestSignal: library.func("int __libc_current_sigrtmin()"),
    sigaction: library.func("int sigaction(int signal, const void *action, void *old)"),
    mask: library.func("int pthread_sigmask(int how, const void *set, void *old)"),
    thread: library.func("int gettid()"),
    create: library.func("int timer_create(int clock, const void *event, void *timer)"),
    set: library.func("int timer_settime(intptr_t timer, int flags, const void *time, void *old)"),
    remove: library.func("int timer_delete(intptr_t timer)"),
  };
}

type SystemCalls = ReturnType<typeof bind>;

interface Parts {
  readonly koffi: Koffi;
  readonly memory: NativeMemory;
  readonly machine: NativeHost["machine"];
  readonly view: NativeHost["view"];
}

/** Starts samples of the calling thread, one for each `period` milliseconds of its computing time; null if the system has none. */
export function startSampling(parts: Parts, period: number): NativeSampling | null {
  const { memory, view, koffi } = parts;
  const calls = bindIfThere(koffi);
  const signal = calls === null ? null : installHandler(calls, parts);
  if (calls === null || signal === null) return null;
  const size = roundUp(wordSize * (1 + places), memory.pageSize);
  const buffer = memory.reserve(size, "anywhere");
  if (buffer === null) return null;
  const timer = memory.commit(buffer, size) ? startTimer(calls, { signal, buffer, period }) : null;
  if (timer === null) {
    memory.release(buffer, size);
    return null;
  }
  return sampling(view(buffer, wordSize * (1 + places)), () => {
    calls.remove(timer);
    // No signal is on its way any more: it would have come before the call returned.
    memory.release(buffer, size);
  });
}

/** Systems whose C library lacks one of the functions have no samples. */
function bindIfThere(koffi: Koffi): SystemCalls | null {
  try {
    return bind(koffi);
  } catch {
    return null;
  }
}

function roundUp(size: number, unit: number): number {
  return Math.ceil(size / unit) * unit;
}

function sampling({ buffer, byteOffset }: Uint8Array, close: () => void): NativeSampling {
  const words = new BigUint64Array(buffer, byteOffset, 1 + places);
  // Its lower half, which is enough for half a year.
  const counter = new Uint32Array(buffer, byteOffset, 1);
  let taken = 0;
  let open = true;
  const count = (): number => counter[0] ?? 0;
  return {
    get waiting() {
      return open ? count() - taken : 0;
    },
    take: () => {
      const end = open ? count() : taken;
      const found: number[] = [];
      // Older ones have been overwritten.
      for (let i = Math.max(taken, end - places); i < end; i += 1) {
        found.push(Number(words[1 + (i % places)] ?? 0n));
      }
      taken = end;
      return found;
    },
    stop: () => {
      if (open) close();
      open = false;
    },
  };
}

/**
 * The signal whose handler is ours, installed now unless another thread has done it; null if all are taken. The handler's page
 * stays for good: other threads may use it.
 */
function installHandler(calls: SystemCalls, { memory, machine, view }: Parts): number | null {
  const code = encodeSampler(machine, places);
  const first = Number(calls.lowestSignal()) + triedFrom;
  for (let signal = first; signal < first + tried; signal += 1) {
    const old = new DataView(new ArrayBuffer(action.size));
    if (calls.sigaction(signal, null, new Uint8Array(old.buffer)) !== 0) continue;
    const handler = Number(old.getBigUint64(0, true));
    if (handler > 1 && isSame(view(handler, code.length), code)) return signal;
    if (handler !== 0) continue;
    const page = memory.reserve(memory.pageSize, "anywhere");
    if (page === null || !memory.commit(page, memory.pageSize)) return null;
    memory.write(page, code);
    if (!memory.protect(page, memory.pageSize, "read-execute")) return null;
    memory.flushInstructions(page, code.length);
    const wanted = new DataView(new ArrayBuffer(action.size));
    wanted.setBigUint64(0, BigInt(page), true);
    wanted.setInt32(action.flagsAt, action.info | action.onStack | action.restart, true);
    return calls.sigaction(signal, new Uint8Array(wanted.buffer), null) === 0 ? signal : null;
  }
  return null;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.every((byte, index) => byte === right[index]);
}

/** The timer, which has been started; null if the system refuses. */
function startTimer(
  calls: SystemCalls,
  { signal, buffer, period }: { signal: number; buffer: number; period: number },
): number | null {
  const set = new DataView(new ArrayBuffer(signalSetSize));
  const bit = signal - 1;
  set.setUint32(4 * (bit >>> 5), 1 << (bit & 31), true);
  calls.mask(unblock, new Uint8Array(set.buffer), null);
  const wanted = new DataView(new ArrayBuffer(event.size));
  wanted.setBigUint64(0, BigInt(buffer), true);
  wanted.setInt32(event.signalAt, signal, true);
  wanted.setInt32(event.wayAt, event.toThread, true);
  wanted.setInt32(event.threadAt, Number(calls.thread()), true);
  const made = new DataView(new ArrayBuffer(wordSize));
  const isMade = calls.create(
    threadComputingTime,
    new Uint8Array(wanted.buffer),
    new Uint8Array(made.buffer),
  );
  if (isMade !== 0) return null;
  const timer = Number(made.getBigInt64(0, true));
  // Twice seconds and nanoseconds: the interval, and the time until the first.
  const nanos = BigInt(Math.round(period * 1e6));
  const time = BigInt64Array.of(0n, nanos, 0n, nanos);
  if (calls.set(timer, 0, new Uint8Array(time.buffer), null) === 0) return timer;
  calls.remove(timer);
  return null;
}
