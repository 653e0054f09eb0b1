export { AheadFileError, openAheadFile, type AheadFile, type Signed } from "./ahead-file.ts";
export { AheadFiles, type AheadFilesOptions, type AheadPieceStart } from "./ahead-files.ts";
export { ObjectFolder, type ObjectFolderOptions } from "./object-folder.ts";
