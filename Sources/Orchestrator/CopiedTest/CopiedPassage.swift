import Engine
import JSON
import Wire

/// Time that passed, and what came from outside meanwhile. Counted is the test's time, in which code takes none.
struct CopiedPassage {
    /// When a step began to wait.
    private struct Beginning {
        let at: Timestamp
        let clock: Duration
        let due: Duration
    }

    private let test: CopiedTest
    private let values: [StepID: JSON]
    private var begun: [StepID: Beginning] = [:]
    private var clock = Duration.zero
    private var lines: [String] = []

    static func lines(of test: CopiedTest) -> [String] {
        var passage = CopiedPassage(test)
        for entry in test.history { passage.follow(entry) }
        return passage.lines
    }

    private init(_ test: CopiedTest) {
        self.test = test
        values = Dictionary(test.steps.map { ($0.id, $0.value) }) { first, _ in first }
    }

    private mutating func follow(_ entry: HistoryEntry) {
        switch entry.kind {
        case .sleepStarted, .waitStarted, .signalAwaited, .invokeStarted: begin(entry)
        case .sleepEnded, .waitTimedOut, .signalTimedOut, .invokeTimedOut:
            if let due = beginning(of: entry)?.due { pass(until: due) }
        case .waitMatched: receiveEvent(entry)
        case .signalReceived: receiveSignal(entry)
        case .invokeEnded:
            // The function that was invoked runs in the test, too, and takes its time.
            let (clock, passed) = since(entry)
            if passed >= .milliseconds(500) { pass(until: clock + passed.andSome) }
        case .call: tryAgain(entry)
        case .runCancelled: cancel(entry)
        case .runSkipped:
            let reason = entry.detail["reason"]?.string ?? "skipped"
            note("It was skipped (\(reason)), which this test has to bring about first.")
        default: break
        }
    }

    // MARK: Waiting

    private mutating func begin(_ entry: HistoryEntry) {
        guard let step = entry.step else { return }
        let span = entry.time("until").map { $0 - entry.at } ?? .zero
        begun[step] = Beginning(at: entry.at, clock: clock, due: clock + span)
        guard let function = entry.detail["function"]?.string, let app = test.app, !function.hasPrefix("\(app)-") else {
            return
        }
        let label = SwiftCode.literal(entry.detail["label"]?.string ?? "")
        note("\(label) invokes \(function): give TestOrchestrator the app of that, too.")
    }

    private mutating func receiveEvent(_ entry: HistoryEntry) {
        passMinutes(to: entry)
        let name = entry.detail["event"]?.string ?? ""
        lines += CopiedEvent.send([CopiedEvent(name: name, answer: answer(to: entry))])
    }

    private mutating func receiveSignal(_ entry: HistoryEntry) {
        passMinutes(to: entry)
        let answer = CopiedValue(answer(to: entry))
        if let note = answer.note() { lines.append(note) }
        let signal = SwiftCode.literal(entry.detail["signal"]?.string ?? "")
        let data = SwiftCode.typed(answer.json?[path: ["data", "data"]] ?? .null)
        lines.append("try await orchestrator.sendSignal(\(signal), data: \(data))")
    }

    // MARK: The run

    /// Attempts of the function itself; those of steps are answered by stubs.
    private mutating func tryAgain(_ entry: HistoryEntry) {
        guard entry.step == nil, let error = entry.detail["error"], let again = entry.time("retry_at") else { return }
        note("The function itself failed here, and was tried again: \(error["message"]?.string ?? "")")
        let longest = Backoff.standard.longestDelay(afterAttempt: entry.attempt ?? 0)
        pass(until: clock + max((again - entry.at).secondsUp, longest))
    }

    private mutating func cancel(_ entry: HistoryEntry) {
        let reason = entry.detail["reason"]?.string ?? ""
        guard !reason.hasSuffix("timeout") else { return pass(until: since(entry).passed.andSome) }
        passMinutes(to: entry)
        if !reason.isEmpty { note("Here the test cancels it. It was: \(entry.detail["text"]?.string ?? reason)") }
        lines.append("try await orchestrator.cancel(orchestrator.run(of: \(SwiftCode.literal(test.functionID))))")
    }

    // MARK: Time

    private mutating func pass(until time: Duration) {
        guard time > clock else { return }
        lines.append(SwiftCode.advance(by: time - clock))
        clock = time
    }

    /// Not later than it was, or what waits would have given up.
    private mutating func passMinutes(to entry: HistoryEntry) {
        let (clock, passed) = since(entry)
        pass(until: clock + passed.minutesDown)
    }

    /// When the step began, or the run, and how long after that it is.
    private func since(_ entry: HistoryEntry) -> (clock: Duration, passed: Duration) {
        let beginning = beginning(of: entry)
        let begun = beginning?.at ?? test.run.startedAt ?? test.run.createdAt
        return (beginning?.clock ?? .zero, max(.zero, entry.at - begun))
    }

    private func beginning(of entry: HistoryEntry) -> Beginning? { entry.step.flatMap { begun[$0] } }

    private func answer(to entry: HistoryEntry) -> JSON { entry.step.flatMap { values[$0] } ?? .null }

    private mutating func note(_ text: String) { lines.append(SwiftCode.comment(text)) }
}

extension HistoryEntry {
    fileprivate func time(_ name: String) -> Timestamp? {
        detail[name]?.string.flatMap(Timestamp.init(rfc3339:))
    }
}
