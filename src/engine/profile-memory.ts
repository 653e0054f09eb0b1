// Where code writes down what it works on, and counts guards that did not hold: a small part of linear memory, once for a
// program or a session. Code that goes on writing where others do by now makes their figures wrong, and nothing else.
import type { MemoryViews } from "../runtime/index.ts";
import type { DataArea } from "./data-area.ts";

/** Units that observe at the same time, and the bytes that the notes of each may take. */
const rooms = 4;
const roomSize = 4096;
/** Words that count guards that did not hold. */
const counters = 256;
const wordSize = 4;
/** Static data that is left for literals of units, at least. */
const spared = 32 * 1024;

/** Room for the notes of one unit. */
export interface NotesRoom {
  readonly address: number;
  readonly size: number;
}

/** See the head of this file. */
export class ProfileMemory {
  readonly views: MemoryViews;
  readonly #data: DataArea;
  /** Undefined before it is needed; null if there is no memory for it. */
  #address: number | null | undefined;
  readonly #free: NotesRoom[] = [];
  #nextCounter = 0;

  constructor(data: DataArea, views: MemoryViews) {
    this.#data = data;
    this.views = views;
  }

  /** A room for notes, zeroed; null if all are taken, or there is no memory. */
  takeRoom(): NotesRoom | null {
    this.#open();
    const room = this.#free.pop();
    if (room === undefined) return null;
    this.views.u8.fill(0, room.address, room.address + room.size);
    return room;
  }

  giveBack(room: NotesRoom): void {
    this.#free.push(room);
  }

  /** A word, set to 0. There are so many that one comes twice only in a long session. */
  takeCounter(): number {
    const first = this.#open();
    if (first === null) throw new Error("there is no memory for profiles");
    const address = first + rooms * roomSize + wordSize * (this.#nextCounter % counters);
    this.#nextCounter += 1;
    this.views.i32[address / wordSize] = 0;
    return address;
  }

  word(address: number): number {
    return this.views.i32[address / wordSize] ?? 0;
  }

  #open(): number | null {
    if (this.#address !== undefined) return this.#address;
    const size = rooms * roomSize + counters * wordSize;
    this.#address = this.#data.room < size + spared ? null : this.#data.allocate(size, wordSize);
    for (let i = 0; this.#address !== null && i < rooms; i += 1)
      this.#free.push({ address: this.#address + i * roomSize, size: roomSize });
    return this.#address;
  }
}
