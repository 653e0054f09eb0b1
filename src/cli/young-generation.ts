// How much V8 allocates before it collects, where a program runs that is changed meanwhile.

/**
 * MiB of V8's young generation: half a millisecond for a collection of it. The default takes several, less often, which is as much in all
 * but makes such a program late.
 */
export const liveYoungGenerationMb = 3;
