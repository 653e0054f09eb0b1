export {
  checkFolder,
  FolderStore,
  makeFolder,
  StoreError,
  type FolderStoreOptions,
} from "./folder-store.ts";
export {
  nextIssue,
  openCacheKey,
  openSigningKey,
  publicFileOf,
  readPublicKeys,
  type StoredKey,
  userKeyFolder,
} from "./key-files.ts";
