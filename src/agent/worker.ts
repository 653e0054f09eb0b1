// Entry of the program's thread.
import { serveProgram } from "./thread.ts";

void serveProgram();
