/// Passes through a function at the moment in which its run is suspended. It is no failure.
///
/// A step that is not done yet ends the present call: the orchestrator calls again when there is something to go
/// on with. To leave the function, this error is thrown out of the step. Let it pass. Code that catches it anyway
/// does no harm to the run: from here on every step throws at once, logging is silent, and what the function
/// returns or throws is ignored. But code in a `catch` or `defer` does run, on each suspension, so keep effects out
/// of it, and catch ``StepError`` where failures of steps are meant.
public struct Interruption: Error, Sendable, CustomStringConvertible {
    /// Says that this is no failure.
    public var description: String {
        "the run is suspended here until its next call; this is no failure: catch StepError, and let others pass"
    }
}
