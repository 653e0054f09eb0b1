// A part of the program that is compiled later, against the header alone, and loaded into the host while that runs.
#include "gui.h"

static int presses;

// Draws two buttons, one of them past the library; the frame, the buttons in it, and how often one was pressed.
int panel_draw(int id) {
  presses += gui_button(id);
  gui_context()->buttons += 1;
  return gui_frame() * 10000 + GImGui->buttons * 100 + presses;
}
