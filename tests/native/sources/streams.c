// A variable of the C library.
#include <stdio.h>

int tell(const char *text) {
  return fputs(text, stderr);
}
