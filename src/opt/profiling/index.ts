export type { AnyKind } from "./objects.ts";
export { specialise, type EntryGuards, type Expected, type Guard } from "./clone.ts";
export { noteEntry, NoteRoom, type Noted, type NotedValue } from "./notes.ts";
export type { EntryPlace, Place } from "./places.ts";
export { noteSites, specialiseSites, type SiteGuard } from "./sites.ts";
