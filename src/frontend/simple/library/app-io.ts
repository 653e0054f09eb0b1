/** `app.io.mod`: the host functions that are declared in one place. */
export const ioSource = `
# Files: UTF-8 text. A file that cannot be read is a runtime error; false if it could not be written.
extern fn rt_file_read_text(path: text) -> text
extern fn rt_file_write_text(path: text, content: text) -> bool

# Execution managers. Errors are texts, empty if there is none.
extern fn rt_exec_manager_create(backend: text) -> i64
extern fn rt_exec_manager_compile(handle: i64, mir_data: text) -> text
extern fn rt_exec_manager_execute(handle: i64, name: text, args: [i64]) -> i64
extern fn rt_exec_manager_error(handle: i64) -> text
extern fn rt_exec_manager_has_function(handle: i64, name: text) -> bool
extern fn rt_exec_manager_backend_name(handle: i64) -> text
extern fn rt_exec_manager_cleanup(handle: i64)

# The back end of the program itself.
extern fn rt_set_jit_backend(backend: text) -> bool
extern fn rt_get_jit_backend() -> text
extern fn rt_jit_configure(mode: text, jit_threshold: i64, verbose: bool)
`;
