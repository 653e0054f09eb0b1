export { BitcodeError } from "./error.ts";
export {
  decodeContainer,
  encodeContainer,
  isContainer,
  type BitcodeContainer,
} from "./container.ts";
export { bitcodeFunctions, isBitcode, type BitcodeFunction } from "./functions.ts";
