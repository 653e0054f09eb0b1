export {
  compileLibrary,
  compileLibraryMir,
  libraryName,
  type LibraryOptions,
  type LibrarySource,
} from "./compile.ts";
export { libraryConstants } from "./constants.ts";
