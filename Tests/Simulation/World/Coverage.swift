/// What has been tried and what has happened, counted.
package struct Coverage: Sendable {
    package private(set) var counts: [Feature: Int] = Dictionary(uniqueKeysWithValues: Feature.allCases.map { ($0, 0) })
    /// How often each command was carried out, by the name of its type.
    package private(set) var commands: [String: Int] = [:]

    mutating func note(_ feature: Feature) { counts[feature, default: 0] += 1 }
    mutating func note(command: String) { commands[command, default: 0] += 1 }

    package mutating func add(_ other: Coverage) {
        for (feature, count) in other.counts { counts[feature, default: 0] += count }
        for (command, count) in other.commands { commands[command, default: 0] += count }
    }

    /// What has never happened.
    ///
    /// - Parameter nodes: how many orchestrators there were.
    package func missing(nodes: Int) -> [String] {
        Feature.allCases.filter { counts[$0] == 0 && (nodes > 1 || !$0.isOfSeveral) }.map(\.rawValue)
            + Self.allCommands.filter { commands[$0] == nil }.map { "the command \($0)" }
    }

    /// All that the engine can be told to do.
    package static let allCommands = [
        "AddMetadata", "BeginEndpointRun", "CancelBulkJob", "CancelRun", "Checkpoint", "FinishCall", "FinishFetch",
        "IngestEvents", "InvokeFunction", "PauseFunction", "Reconcile", "RemoveApp", "ReportEndpointSteps", "RerunRun",
        "ResumeFunction", "SendSignal", "SkipStep", "StartBulkJob", "SyncApp",
    ]

    package init() {}

    /// The names are shown.
    package enum Feature: String, CaseIterable, Sendable {
        // What is done to the engine.
        case events = "events come in"
        case delayedEvents = "events whose time lies ahead"
        case sameIDs = "events with an id that was used"
        case answers = "answers arrive"
        case lateAnswers = "answers arrive too late"
        case doubledAnswers = "answers arrive twice"
        case failedCalls = "calls fail"
        case together = "several commands share a transaction"
        case checkpoints = "steps are reported in the midst of a call"
        case fetches = "requests for steps are answered"
        case signals = "signals wake a step"
        case endpoints = "endpoints begin runs"
        case cancels = "runs are cancelled by hand"
        case reruns = "runs are made again"
        case replays = "a job makes a run again"
        case bulkCancelled = "a job cancels a run"
        case abandonedJobs = "a job is cancelled"
        case skips = "sleeps, waits and retries are skipped"
        case removals = "an app is removed"
        case jumps = "the clock jumps"
        case nextTimers = "the clock moves to the next timer"
        case syncs = "the app registers other limits"
        case pauses = "functions are paused"
        case resumes = "functions are resumed"
        case crashesBeforeCommit = "crashes before a commit"
        case crashesAfterCommit = "crashes between a commit and its effects"
        case storeFailures = "the store fails and the process lives"
        // What several orchestrators do.
        case nodesKilled = "one of several nodes is killed"
        case nodesSilent = "a node falls silent"
        case nodesBack = "a silent node comes back in time"
        case nodesGivenUp = "a node is given up and its calls are taken back"
        case answersOfTheDead = "a node that was given up brings an answer"
        case commitsOfTheDead = "a node commits after it was given up"
        case commitsUnheard = "a node does not hear of a commit"
        case meetings = "a transaction passes another one by"
        case collisions = "a transaction is in the way of another one"
        // What rules do.
        case concurrencyHeld = "concurrency holds a call back"
        case sharedHeld = "shared concurrency holds a call back"
        case runConcurrencyHeld = "run concurrency holds a run back"
        case throttled = "throttling holds a run back"
        case priorityPassed = "priority lets a run pass another"
        case priorityDelayed = "priority puts a run off"
        case rateLimited = "a rate limit drops an event"
        case idempotent = "idempotency drops an event"
        case debounceMoved = "a debounce is put off"
        case debounceFired = "a debounce starts a run"
        case debounceTimedOut = "a debounce starts a run at its timeout"
        case batchFull = "a full batch starts a run"
        case batchTimedOut = "a batch starts a run at its timeout"
        case batchAlone = "an event is kept out of batches"
        case singletonSkipped = "a singleton skips an event"
        case singletonCancelled = "a singleton cancels a run"
        case cancelledByEvent = "an event cancels a run"
        case startTimedOut = "a run is cancelled for not having begun"
        case finishTimedOut = "a run is cancelled for not having ended"
        case pausedSkipped = "a paused function passes over an event"
        case pausedHeld = "a paused function holds a call back"
        case pauseCancelled = "a pause cancels runs at its end"
        case scheduled = "a schedule ticks"
        case emptyKeys = "a key is null"
        case hugeKeys = "a key is huge"

        /// Whether it takes more than one orchestrator.
        var isOfSeveral: Bool {
            switch self {
            case .nodesKilled, .nodesSilent, .nodesBack, .nodesGivenUp, .answersOfTheDead, .commitsOfTheDead,
                .commitsUnheard, .meetings,
                .collisions:
                true
            default: false
            }
        }
    }
}
