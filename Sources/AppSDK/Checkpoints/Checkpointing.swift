import JSON

/// Whether a function goes on to its next step in the same call, and when it reports the finished ones meanwhile.
///
/// Without checkpointing each step is a call of its own. With it, a step that has finished is reported to the
/// orchestrator by a request of the app, and the function goes straight on: no new call, no replay. Sleeps, waits,
/// invocations and parallel steps end the call as ever, and so does a step that fails.
///
/// | preset | a finished step is reported | a crash of the app repeats at most |
/// |---|---|---|
/// | ``safe`` | before the function goes on | the step that was running: as without checkpointing |
/// | ``blended`` | after 3 steps or 3 seconds | the steps that were not reported: 3, or 3 seconds' worth |
/// | ``performant`` | when the call ends, or 1000 steps or 1 MiB have gathered | the steps of that call |
///
/// An orchestrator that knows nothing of checkpoints gets each step as the answer to its call.
public struct Checkpointing: Hashable, Sendable {
    /// How many finished steps are gathered before they are reported: 1 to 1000; 0 switches checkpointing off.
    public var maxSteps: Int
    /// How long the first of them waits to be reported at most; nil for no limit. For a step that takes longer than
    /// this, those before it are reported while it runs.
    public var maxInterval: TimeSpan?
    /// How long a call goes on to a next step. A step that has begun is always finished. At least 1 second.
    ///
    /// Keep it below the time that the platform gives a request, with room for one step.
    public var maxRuntime: TimeSpan

    /// - Parameters:
    ///   - maxSteps: how many finished steps are gathered before they are reported, 1 to 1000.
    ///   - maxInterval: how long the first of them waits to be reported at most; nil for no limit.
    ///   - maxRuntime: how long a call goes on to a next step.
    public init(maxSteps: Int, maxInterval: TimeSpan? = nil, maxRuntime: TimeSpan = .seconds(10)) {
        self.maxSteps = maxSteps
        self.maxInterval = maxInterval
        self.maxRuntime = maxRuntime
    }

    /// Each step is a call of its own.
    public static let off = Checkpointing(maxSteps: 0)
    /// Each step is reported before the function goes on: as durable as without checkpointing.
    public static let safe = Checkpointing(maxSteps: 1)
    /// Steps are reported by three, or after 3 seconds.
    public static let blended = Checkpointing(maxSteps: 3, maxInterval: .seconds(3))
    /// Steps are reported when the call ends. For steps that may be repeated.
    public static let performant = Checkpointing(maxSteps: 1000)

    var isOn: Bool { maxSteps > 0 }
    /// What gathers at most, in bytes (1 MiB): an answer may have 8 MiB, and one more step 4 MiB.
    static let maximumGatheredSize = 1 << 20
    static let maximumSteps = 1000

    /// - Throws: ``InvalidApp``.
    func validate(_ owner: String) throws {
        guard (0...Self.maximumSteps).contains(maxSteps) else {
            throw InvalidApp(
                "\(owner): checkpointing.maxSteps is \(maxSteps); 0 (off) to \(Self.maximumSteps) are possible")
        }
        guard maxRuntime >= .seconds(1) else {
            throw InvalidApp("\(owner): checkpointing.maxRuntime is \(maxRuntime); at least 1s is needed")
        }
        if let maxInterval, maxInterval < .milliseconds(1) {
            throw InvalidApp("\(owner): checkpointing.maxInterval is \(maxInterval); at least 1ms is needed")
        }
    }

    /// As it is registered; nil where it is off.
    var json: JSON? {
        guard isOn else { return nil }
        return [
            "batch_interval": maxInterval.map { .string($0.description) }, "batch_steps": .int(maxSteps),
            "max_runtime": .string(maxRuntime.description),
        ]
    }
}

extension Setting {
    /// Whether the function goes on to its next step in the same call. Without it, what
    /// ``Configuration/checkpointing`` says.
    public static func checkpointing(_ checkpointing: Checkpointing) -> Setting {
        Setting { $0.checkpointing = checkpointing }
    }
}
