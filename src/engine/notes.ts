// What is said to who changes a program while it runs, here and on devices.

/** After an evaluation that has changed types. */
export const typesChangedNote =
  "types have changed: code that runs keeps its own until it is called anew\n";
