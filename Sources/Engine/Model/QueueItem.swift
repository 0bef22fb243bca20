import Wire

/// Work that is due at a time: a call to an app, or a timer.
package struct QueueItem: Hashable, Sendable {
    /// Says what the work is, so that the same work can't be queued twice.
    package let key: Key
    package let work: Work
    package let functionID: NameUUID
    /// What to show a person.
    package let label: String
    /// When it came into the queue.
    package var queuedAt: Timestamp
    package var dueAt: Timestamp
    /// From 0.
    package var attempt = 0
    /// Set while an app is being called; only the answer that carries it counts.
    package var lease: ULID?
    package var leasedAt: Timestamp?
    /// Whether the step was found in a race: when it finishes, the function goes on without the others.
    package var race = false
    /// Whether something happened during the call that asks for another one.
    package var again = false
    /// How much earlier than its time it is served: what its run's priority gives it.
    package var lead: Duration = .zero
    package var stage = Stage.ready
    /// The gates that it holds a slot of.
    package var slots: [GateID] = []
    /// The version of the function's rules that it was tested by; 0 where there were none.
    package var flowVersion = 0

    package init(
        key: Key, work: Work, functionID: NameUUID, label: String, queuedAt: Timestamp, dueAt: Timestamp,
        attempt: Int = 0, lease: ULID? = nil, leasedAt: Timestamp? = nil, race: Bool = false, again: Bool = false
    ) {
        self.key = key
        self.work = work
        self.functionID = functionID
        self.label = label
        self.queuedAt = queuedAt
        self.dueAt = dueAt
        self.attempt = attempt
        self.lease = lease
        self.leasedAt = leasedAt
        self.race = race
        self.again = again
    }

    /// Its place in the order in which calls are made.
    package var rank: Timestamp { Timestamp(milliseconds: dueAt.milliseconds - lead.milliseconds) }

    /// Whether it is a call that may be leased when it is due.
    package var isReadyCall: Bool { work.isCall && stage == .ready && lease == nil }

    /// Who has something to do when it is due. Nobody with what is parked.
    package var kind: Kind? {
        switch stage {
        case .ready: work.kind
        case .coming: .timer
        case .parked: nil
        }
    }

    /// How far a call has come.
    package enum Stage: Hashable, Sendable {
        /// It may be made: it holds what it needs, or needs nothing.
        case ready
        /// Its time lies ahead; then the rules of its function are asked.
        case coming
        /// It stands in a lane until the rules let it go.
        case parked(LaneID)
    }

    /// The kinds of work. The numbers are stored.
    package enum Work: Int, Sendable {
        /// Call the app to find out what comes next.
        case discover = 0
        /// Call the app to run one step.
        case runStep = 1
        /// A sleep ends.
        case wake = 2
        /// A wait has lasted long enough.
        case timeOut = 3
        /// A schedule ticks.
        case cronTick = 4
        /// The orchestrator makes an HTTP request for a step.
        case fetch = 5
        /// A gate opens with time.
        case gate = 6
        /// A run has not begun in time.
        case startTimeout = 10
        /// A run has not ended in time.
        case finishTimeout = 11
        /// A debounce or a batch starts its run.
        case collection = 12
        /// The runs of a paused function have waited long enough.
        case pauseEnd = 13
        /// The next slice of a bulk job.
        case job = 14

        package var kind: Kind {
            switch self {
            case .discover, .runStep: .call
            case .fetch: .fetch
            default: .timer
            }
        }

        /// Whether an app is called.
        package var isCall: Bool { kind == .call }
    }

    /// Who does the work.
    package enum Kind: Sendable, CaseIterable {
        /// The dispatcher calls an app.
        case call
        /// The engine itself.
        case timer
        /// The dispatcher makes an HTTP request for a step.
        case fetch
    }

    package enum Key: Hashable, Sendable {
        /// Finding out how a run goes on.
        case run(ULID)
        /// A step of a run: to be run, asleep, or waiting.
        case step(StepKey)
        /// The next tick of a function's schedule.
        case cron(NameUUID, expression: String)
        /// A gate that opens with time, or has more to let through than one transaction could.
        case gate(GateID)
        /// A limit of the time that a run takes.
        case runTimer(ULID, Work)
        /// What a debounce or a batch collects.
        case rule(RuleKey)
        /// The end of a function's pause.
        case function(NameUUID)
        /// The next slice of a job.
        case job(ULID)

        package var run: ULID? {
            switch self {
            case .run(let run), .runTimer(let run, _): run
            case .step(let key): key.run
            case .cron, .gate, .rule, .function, .job: nil
            }
        }

        package var step: StepID? {
            if case .step(let key) = self { key.step } else { nil }
        }
    }
}
