// A variable of each thread, which cannot be loaded.
__thread int mine;

int count(void) {
  return ++mine;
}
