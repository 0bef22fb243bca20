import JSON
import Stores
import Wire

@testable import Engine

extension World {
    /// What must hold after every transaction.
    func checkInvariants() throws {
        let dump = DatabaseDump(bench.sqlite)
        let waitKeys = try dump.rows(of: "wait_keys")
        var earliest: Timestamp?
        for run in try bench.runs() {
            guard let timeline = try bench.queries.timeline(run.id) else { throw Violation("no timeline of \(run.id)") }
            try checkBooks(timeline)
            try run.hasEnded ? checkEnded(timeline, waitKeys) : checkLive(timeline)
            let due = timeline.queue.filter { $0.lease == nil }.map(\.dueAt).min()
            earliest = [earliest, due].compactMap { $0 }.min()
        }
        if let earliest {
            guard let next = bench.engine.nextDue(hasRoom: true), next <= earliest else {
                throw Violation("something is due at \(earliest), and nothing will wake the engine")
            }
        }
    }

    private func checkBooks(_ timeline: Timeline) throws {
        let run = timeline.run
        guard timeline.history.map(\.number) == Array(0..<run.historyCount) else {
            throw Violation("history of \(run.id) has gaps")
        }
        guard timeline.steps.map(\.position) == Array(0..<run.stepCount) else {
            throw Violation("the stack of \(run.id) has gaps")
        }
        guard run.stateSize == timeline.steps.reduce(0, { $0 + $1.value.bytes.count }) else {
            throw Violation("the size of the state of \(run.id) is wrong")
        }
        let ends = timeline.history.filter { [.runCompleted, .runFailed, .runCancelled].contains($0.kind) }.count
        guard ends == (run.hasEnded ? 1 : 0) else { throw Violation("\(run.id) ended \(ends) times") }
        guard timeline.history.filter({ $0.kind == .runStarted }).count == (run.startedAt == nil ? 0 : 1) else {
            throw Violation("\(run.id) started not once")
        }
    }

    private func checkEnded(_ timeline: Timeline, _ waitKeys: [String]) throws {
        let id = timeline.run.id.description
        guard timeline.queue.isEmpty, timeline.waits.isEmpty, !waitKeys.contains(where: { $0.contains(id) }) else {
            throw Violation("\(id) has ended and left something behind")
        }
    }

    private func checkLive(_ timeline: Timeline) throws {
        let run = timeline.run
        guard !timeline.queue.isEmpty else { throw Violation("nothing will ever wake \(run.id)") }
        let steps = timeline.queue.filter { $0.key.step != nil }
        guard steps.count == run.pending, steps.filter(\.race).count == run.racing else {
            throw Violation("\(run.id): \(run.pending) pending, \(run.racing) racing, but in the queue: \(steps)")
        }
        let waiting = Set(timeline.waits.map(\.key.step))
        guard waiting == Set(timeline.queue.filter { $0.work == .timeOut }.compactMap(\.key.step)) else {
            throw Violation("waits and timeouts of \(run.id) differ")
        }
        guard waiting.isDisjoint(with: timeline.steps.map(\.id)) else { throw Violation("a finished step waits") }
        for item in timeline.queue {
            guard let lease = item.lease else { continue }
            guard
                bench.open.contains(where: { $0.lease == lease })
                    || underway.contains(where: { $0.call.lease == lease })
            else { throw Violation("nobody will answer for the lease of \(item.key)") }
        }
    }

    /// What must hold when everything has come to rest.
    func checkRest() throws {
        try checkInvariants()
        let runs = try bench.runs()
        for run in runs where !run.hasEnded { throw Violation("\(run.id) is still \(run.status.name)") }
        for (event, functions) in ledger.expected {
            let started = runs.filter { $0.eventIDs == [event] }.compactMap {
                bench.engine.catalog.functions[$0.functionID]?.slug
            }
            guard started.sorted() == functions.map({ "app-\($0)" }).sorted() else {
                throw Violation("event \(event) started \(started), not \(functions)")
            }
        }
        let announced = Dictionary(grouping: try bench.events(InternalEvent.functionFinished)) {
            $0.data["run_id"]?.string
        }
        for run in runs {
            let trigger = try bench.queries.events(run.eventIDs).first?.event.name
            let wanted = trigger == InternalEvent.functionFailed ? 0 : 1
            guard announced[run.id.description]?.count ?? 0 == wanted else {
                throw Violation("the end of \(run.id) was not announced \(wanted) times")
            }
        }
    }
}
