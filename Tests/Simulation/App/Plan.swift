/// What a function of a test does, step by step.
package indirect enum Plan: Sendable {
    /// Runs code that fails as many times as it says, then returns `{"ran": <id>}`.
    case run(String, failing: Int = 0)
    /// Runs code that fails for good at its first attempt.
    case fail(String)
    case sleep(String, String)
    case wait(String, event: String, if: String? = nil, timeout: String? = nil)
    case invoke(String, String, timeout: String? = nil)
    case signal(String, name: String, replaces: Bool = false, timeout: String? = nil)
    /// Has the orchestrator make a request.
    case fetch(String)
    /// Branches side by side; goes on when all are done.
    case all([[Plan]])
    /// Branches side by side; goes on when one is done.
    case race([[Plan]])
}
