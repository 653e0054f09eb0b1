/** `compiler.execution.mod`: programs that compile and run MIR. */
export const executionSource = `
use app.io.mod.*

export LocalExecutionManager, set_jit_backend, get_jit_backend

class LocalExecutionManager:
    handle: i64

    static fn with_backend(backend: text) -> LocalExecutionManager:
        LocalExecutionManager(handle: rt_exec_manager_create(backend))

    static fn cranelift() -> LocalExecutionManager: LocalExecutionManager.with_backend("cranelift")
    static fn llvm() -> LocalExecutionManager: LocalExecutionManager.with_backend("llvm")
    static fn auto_select() -> LocalExecutionManager: LocalExecutionManager.with_backend("auto")

    fn backend_name() -> text: rt_exec_manager_backend_name(self.handle)

    fn has_function(name: text) -> bool: rt_exec_manager_has_function(self.handle, name)

    fn compile(mir_data: text) -> Result<(), text>:
        val error = rt_exec_manager_compile(self.handle, mir_data)
        if error.is_empty(): Ok(()) else: Err(error)

    fn execute(name: text, args: [i64] = []) -> Result<i64, text>:
        val value = rt_exec_manager_execute(self.handle, name, args)
        val error = rt_exec_manager_error(self.handle)
        if error.is_empty(): Ok(value) else: Err(error)

    fn cleanup(): rt_exec_manager_cleanup(self.handle)

fn set_jit_backend(backend: text) -> bool: rt_set_jit_backend(backend)

fn get_jit_backend() -> text: rt_get_jit_backend()
`;
