import Wire

/// Every limit of the engine, with its unit and its reason. Limits of the wire stand with the wire's types.
package enum Limits {
    // MARK: Runs

    /// Steps a run may finish. The protocol's figure; it keeps replay and calls small.
    package static let stepsPerRun = 1000
    /// Bytes of memoized state a run may hold (32 MiB). The protocol's figure.
    package static let stateSize = 32 << 20
    /// Bytes of one step's output (4 MiB). The protocol's figure.
    package static let stepOutputSize = 4 << 20
    /// The longest sleep and the longest wait. The protocol's figure.
    package static let longestWait = Duration.seconds(366 * 86_400)
    /// How long an invoke waits for its function when the app does not say. The protocol's figure.
    package static let defaultInvokeTimeout = Duration.seconds(365 * 86_400)

    /// How long a wait for a signal lasts when the app does not say. The protocol's figure.
    package static let defaultSignalTimeout = Duration.seconds(365 * 86_400)
    /// Bytes of a signal's name: it is a key of an index.
    package static let signalNameSize = 1024
    /// Functions that a run may have started at its end, and bytes of their input, each and together. The protocol's.
    package static let defersPerRun = 20
    package static let deferredInputSize = 4 << 20

    // MARK: Requests for steps

    /// HTTP requests that are made for steps at the same time. Calls to apps have places of their own, so that slow
    /// services hold up nothing but who asked for them.
    package static let openFetches = 50
    /// Bytes of the request that a step may ask for. The protocol's figure for a step's input.
    package static let fetchRequestSize = 4 << 20

    // MARK: Endpoints

    /// How long nothing may be heard of an HTTP endpoint that runs by itself until it is taken for dead and called:
    /// longer than a step of a request that somebody waits for.
    package static let endpointPatience = Duration.seconds(600)

    // MARK: Metadata

    /// Bytes of one note about a run or a step (64 KiB), and of all of a run (1 MiB). The protocol's figures.
    package static let metadataSize = 64 << 10
    package static let metadataSizePerRun = 1 << 20

    // MARK: Retries

    /// What a `Retry-After` is brought into. The protocol's figures.
    package static let retryAfter = Duration.seconds(1)...Duration.seconds(86_400)

    // MARK: Events

    /// Events in one request. The protocol's figure.
    package static let eventsPerRequest = 5000
    /// How long an event's id keeps a second one from starting the same function. The protocol's figure.
    package static let idempotencyPeriod = Duration.seconds(86_400)

    // MARK: Flow control

    /// Seconds that a run's priority moves it by. The protocol's figures.
    package static let priority = -600...600
    /// Starts that a throttle may allow at once: more is no throttle, and counts in microseconds must not overflow.
    package static let throttleBurst = 1_000_000
    /// Bytes of a key's value that are kept for people to read.
    package static let readableKey = 200
    /// Calls that are let through gates or moved in one transaction; the rest follows in the next.
    package static let admissionsPerTransaction = 1000
    /// How far the backlog of a gate is read ahead, and how many gates are locked for it.
    package static let backlogAhead = 64
    /// How often calls are looked for in one transaction while some that were found may not go after all.
    package static let leaseRounds = 20
    /// Runs that are named where it is said who holds a gate, and places in a backlog that are counted.
    package static let namedHolders = 10
    package static let countedPlaces = 1000

    /// How long a batch drops an event whose id it has seen. The protocol's figure.
    package static let batchMemory = Duration.seconds(1800)
    /// Bytes of events in one batch (10 MiB). The protocol's figure.
    package static let batchSize = 10 << 20
    /// How far the clocks of orchestrators may be apart for rules to keep their times, and how much longer one lasts at
    /// most after a clock was set back.
    package static let clockSkew = Duration.seconds(2)
    /// Bytes of a key, an id or a name that are shown where a rule explains itself.
    package static let shownKeySize = 128
    /// Functions that an event lists as matched and not started: enough for a person, and no growth with the catalog.
    package static let decisionsPerEvent = 100
    /// How long the runs of a paused function wait before they are cancelled. The protocol's figure.
    package static let defaultPause = Duration.seconds(7 * 86_400)
    /// How late a tick may be started: as long as a restart takes. One that is later was missed, and is not made up.
    package static let cronGrace = Duration.seconds(300)

    /// Runs that are listed with one event: each function once, and what was rerun.
    package static let runsPerEvent = 1000

    // MARK: Bulk jobs

    /// Runs that a request may name.
    package static let runsPerJob = 10_000
    /// Runs that one transaction of a job looks at, and ends or starts: some milliseconds' work.
    package static let runsPerSlice = 50
    /// Steps of a condition's evaluation, which those runs have together: beyond, the next transaction goes on. The last
    /// run may add as much as one evaluation may cost.
    package static let stepsPerSlice = 500_000
    /// Queue items or collections that one transaction of a job changes.
    package static let rowsPerSlice = 200

    // MARK: Cleaning

    /// How often it is looked for what has expired. Nobody waits for it: what has expired counts for nothing.
    package static let cleaningInterval = Duration.seconds(600)
    /// Rows that one transaction deletes: some milliseconds' work.
    package static let rowsPerCleaning = 500

    // MARK: Apps

    /// Functions of one app: far more than a person can look after, little enough to check at once.
    package static let functionsPerApp = 1000

    // MARK: Figures

    /// How far due calls are counted for a gauge, so that a long queue makes it no slower.
    package static let countedQueue = 100_000

    // MARK: Work in one transaction

    /// Timers fired in one transaction, so that a flood of them delays nobody else for long.
    package static let timersPerTransaction = 200
    /// How often a batch is tried when other processes are in its way, before its commands are tried one by one.
    package static let attemptsPerBatch = 10
    /// Commands in one group commit: enough to pay for the sync, few enough to answer soon.
    package static let commandsPerTransaction = 256
}
