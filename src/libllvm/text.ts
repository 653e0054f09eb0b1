// Texts and bytes that LLVM gives away.
import type { LlvmFunctions, Pointer } from "./functions.ts";

/** The text at an address that LLVM gave away, which is freed. */
export function takeText(llvm: LlvmFunctions, address: Pointer): string {
  const text = llvm.text(address);
  if (address !== 0) llvm.LLVMDisposeMessage(address);
  return text;
}

/** The bytes of a memory buffer, which is freed. */
export function takeBuffer(llvm: LlvmFunctions, buffer: Pointer): Uint8Array {
  const bytes = new Uint8Array(llvm.LLVMGetBufferSize(buffer));
  llvm.memcpy(bytes, llvm.LLVMGetBufferStart(buffer), bytes.length);
  llvm.LLVMDisposeMemoryBuffer(buffer);
  return bytes;
}
