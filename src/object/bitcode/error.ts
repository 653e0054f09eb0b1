/** What is wrong with bitcode, its container, or what is to go into one. */
export class BitcodeError extends Error {
  override readonly name = "BitcodeError";
}
