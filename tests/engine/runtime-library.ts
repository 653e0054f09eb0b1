// The runtime library for tests of programs.
import { libraryLoader } from "../../src/engine/index.ts";
import { libraryImage } from "../library/image.ts";

/** Loads the library of this source tree; one image for all programs of a test file. */
export const runtimeLibrary = libraryLoader(libraryImage);
