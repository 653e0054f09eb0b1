export { checkFolder, FolderStore, StoreError, type FolderStoreOptions } from "./folder-store.ts";
