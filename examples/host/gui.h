// A library with one context for the whole program, as graphical ones have it. Who includes this has an accessor of it in his own
// object; wherever that is loaded, it must see the context of the host.
#ifndef GUI_H
#define GUI_H

typedef struct GuiContext {
  int frame;
  int buttons;
} GuiContext;

#ifdef __cplusplus
extern "C" {
#define GUI_INLINE inline
#else
#define GUI_INLINE __attribute__((weak))
#endif

// Defined by the host, and nowhere else.
extern GuiContext *GImGui;

// In every object; a linker keeps one of them.
GUI_INLINE GuiContext *gui_context(void) {
  return GImGui;
}

// A copy in every object that uses it.
static inline int gui_frame(void) {
  return GImGui->frame;
}

int gui_new_frame(void);
int gui_button(int id);
int gui_buttons(void);

#ifdef __cplusplus
}
#endif
#endif
