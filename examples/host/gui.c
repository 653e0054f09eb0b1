// The host's library.
#include "gui.h"

static GuiContext context;
GuiContext *GImGui = &context;

int gui_new_frame(void) {
  gui_context()->frame += 1;
  gui_context()->buttons = 0;
  return gui_frame();
}

// Draws a button; whether it is pressed.
int gui_button(int id) {
  GImGui->buttons += 1;
  return id == GImGui->frame;
}

int gui_buttons(void) {
  return GImGui->buttons;
}
