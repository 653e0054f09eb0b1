// The text under construction behind `rt_text_*`: pieces are appended, then the whole is taken.

/** Text in pieces. */
export class TextBuffer {
  #text = "";

  append(piece: string): void {
    this.#text += piece;
  }

  /** The text so far; the buffer is empty after it. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}
