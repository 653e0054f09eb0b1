export { howToGetLlvm, libraryCandidates, majorOfName, newestLlvm, oldestLlvm } from "./find.ts";
export { loadLlvm, type LlvmSearch } from "./load.ts";
