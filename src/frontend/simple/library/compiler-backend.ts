/** `compiler.backend`: how the program itself is compiled while it runs. */
export const backendSource = `
use app.io.mod.{rt_jit_configure}
use compiler.execution.mod.{LocalExecutionManager}

export JitMode, JitInterpreterConfig, JitInterpreterBackend, BackendKind, create_backend

enum JitMode:
    Auto
    AlwaysJit
    AlwaysInterpret
    Hybrid
    ProfileGuided

impl JitMode:
    fn name() -> text:
        match self:
            case Auto: "Auto"
            case AlwaysJit: "AlwaysJit"
            case AlwaysInterpret: "AlwaysInterpret"
            case Hybrid: "Hybrid"
            case ProfileGuided: "ProfileGuided"

struct JitInterpreterConfig:
    mode: JitMode = JitMode.Auto
    backend: text = "auto"
    jit_threshold: i32 = 10i32
    verbose: bool = false
    profile_window: i64 = 1000
    jit_threshold_percent: f64 = 5.0

    static fn default() -> JitInterpreterConfig: JitInterpreterConfig()

class JitInterpreterBackend:
    config: JitInterpreterConfig
    manager: LocalExecutionManager
    calls: {text: i64}

    static fn new(config: JitInterpreterConfig) -> JitInterpreterBackend:
        rt_jit_configure(config.mode.name(), config.jit_threshold, config.verbose)
        val manager = LocalExecutionManager.with_backend(config.backend)
        JitInterpreterBackend(config: config, manager: manager, calls: {})

    static fn default() -> JitInterpreterBackend:
        JitInterpreterBackend.new(JitInterpreterConfig.default())

    fn backend_name() -> text: self.manager.backend_name()

    me record_call(name: text) -> i64:
        val count = self.call_count(name) + 1
        self.calls[name] = count
        count

    fn call_count(name: text) -> i64: self.calls[name] ?? 0

    fn should_jit(name: text) -> bool:
        match self.config.mode:
            case AlwaysJit: true
            case AlwaysInterpret: false
            case _: self.call_count(name) >= self.config.jit_threshold

enum BackendKind:
    Interpreter
    CraneliftJit
    LlvmJit

fn create_backend(kind: BackendKind) -> JitInterpreterBackend:
    match kind:
        case Interpreter: JitInterpreterBackend.default()
        case CraneliftJit: JitInterpreterBackend.new(JitInterpreterConfig(backend: "cranelift", jit_threshold: 0i32))
        case LlvmJit: JitInterpreterBackend.new(JitInterpreterConfig(backend: "llvm", jit_threshold: 0i32))
`;
