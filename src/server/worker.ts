// Entry of a thread of a compile server.
import { serveModels } from "./worker-thread.ts";

serveModels();
