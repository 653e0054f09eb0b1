// Entry of a thread of a compile server that makes code for wasm alone.
import { serveModels } from "./worker-thread.ts";

serveModels(null);
