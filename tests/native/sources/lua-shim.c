// Lua behind one function: runs a program and keeps the text of what it returns.
#include <stdio.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

char answer[4096];

int run_lua(const char *program) {
  lua_State *state = luaL_newstate();
  luaL_openlibs(state);
  int status = luaL_loadstring(state, program);
  if (status == LUA_OK) status = lua_pcall(state, 0, 1, 0);
  snprintf(answer, sizeof answer, "%s", lua_tostring(state, -1));
  lua_close(state);
  return status;
}
