export type { NativeCallable, NativeCallback, NativeHost } from "../loader/native/index.ts";
export { processorFeatures } from "./processor.ts";
export { openNativeHost, processExit, type NoNativeHost } from "./host.ts";
export { folderCache, userCacheFolder, type ObjectFolder } from "./object-folder.ts";
