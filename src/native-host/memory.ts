// Pages of this process, through the C library of Linux.
import type { NativeMemory, PageAccess } from "../loader/native/index.ts";
import type { Koffi, KoffiLibrary } from "./koffi.ts";

const protections = { none: 0, read: 1, write: 2, execute: 4 };

/** `mmap` flags of Linux for x86-64 and aarch64. */
const mapping = { private: 0x02, fixed: 0x10, anonymous: 0x20, low: 0x40, noReserve: 0x4000 };
const pageSizeName = 30;
const lowLimit = 2 ** 31;
/** Where low address space is looked for if the system cannot be asked for it. */
const lowStep = 1 << 26;

/** A library whose prototypes have been parsed. */
function bind(library: KoffiLibrary) {
  const mmap = library.func(
    "intptr_t mmap(uintptr_t address, size_t size, int protection, int flags, int file, int64_t offset)",
  );
  const munmap = library.func("int munmap(uintptr_t address, size_t size)");
  const mprotect = library.func("int mprotect(uintptr_t address, size_t size, int protection)");
  const sysconf = library.func("long sysconf(int name)");
  const memcpy = library.func("void *memcpy(uintptr_t to, const void *from, size_t size)");
  return { mmap, munmap, mprotect, sysconf, memcpy };
}

/** This process's memory. Reserved address space costs no memory until it is committed. */
export function createNativeMemory(koffi: Koffi, arch: "x64" | "arm64"): NativeMemory {
  const c = bind(koffi.load(null));
  const { none, read, write, execute } = protections;
  const anonymous = mapping.private | mapping.anonymous | mapping.noReserve;
  const map = (address: number, size: number, flags: number): number =>
    Number(c.mmap(address, size, none, anonymous | flags, -1, 0));
  const access: Record<PageAccess, number> = { read, "read-execute": read | execute };
  return {
    pageSize: Number(c.sysconf(pageSizeName)),
    reserve: (size, where) => {
      if (where === "low") return reserveLow(map, c.munmap, { size, arch });
      const address = map(0, size, 0);
      return address === -1 ? null : address;
    },
    release: (address, size) => {
      c.munmap(address, size);
    },
    commit: (address, size) => c.mprotect(address, size, read | write) === 0,
    // A new mapping in the place of the old one returns the pages, and reads as zeros later.
    decommit: (address, size) => {
      map(address, size, mapping.fixed);
    },
    protect: (address, size, wanted) => c.mprotect(address, size, access[wanted]) === 0,
    write: (address, bytes) => {
      c.memcpy(address, bytes, bytes.length);
    },
    flushInstructions: instructionFlush(koffi, arch),
  };
}

function reserveLow(
  map: (address: number, size: number, flags: number) => number,
  munmap: (address: number, size: number) => unknown,
  { size, arch }: { readonly size: number; readonly arch: "x64" | "arm64" },
): number | null {
  if (arch === "x64") {
    const address = map(0, size, mapping.low);
    if (address !== -1) return address;
  }
  for (let wanted = lowStep; wanted + size <= lowLimit; wanted += lowStep) {
    const address = map(wanted, size, 0);
    if (address === -1) return null;
    if (address + size <= lowLimit) return address;
    munmap(address, size);
  }
  return null;
}

/** x86 keeps its instruction cache coherent; aarch64 must be told, by a function of the compiler's library. */
function instructionFlush(koffi: Koffi, arch: "x64" | "arm64"): NativeMemory["flushInstructions"] {
  if (arch === "x64") return () => {};
  const clear = koffi
    .load("libgcc_s.so.1")
    .func("void __clear_cache(uintptr_t start, uintptr_t end)");
  return (address, size) => {
    clear(address, address + size);
  };
}
