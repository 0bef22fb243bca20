import Expressions
import JSON
import Wire

/// Steps that wait: for time, for an event.
extension Answer {
    mutating func sleep(_ op: Op) throws {
        let text = op.options?["duration"]?.string ?? op.name ?? ""
        let until: Timestamp
        if text.isEmpty {
            until = transaction.now
        } else if let duration = TimeString.parse(text) {
            until = transaction.now + duration
        } else if let time = Timestamp(rfc3339: text) {
            until = time
        } else {
            return try refuse(op, "'\(text)' is neither a duration such as 1d2h30m nor an RFC 3339 time")
        }
        guard until <= transaction.now + Limits.longestWait else {
            return try refuse(op, "sleeps until \(until), longer than 366 days", name: "InngestErrTimeoutTooLong")
        }
        transaction.record(
            .sleepStarted, &run, step: op.id,
            detail: ["label": .string(op.label), "until": .string(until.description)])
        try enqueue(op, .wake, at: max(until, transaction.now))
    }

    mutating func wait(_ op: Op) throws {
        guard let event = op.options?["event"]?.string ?? op.name, !event.isEmpty else {
            return try refuse(op, "opts.event: the name of an event is expected")
        }
        guard event.utf8.count <= Event.longestName else {
            return try refuse(op, "opts.event: longer than \(Event.longestName) bytes, which no event's name is")
        }
        guard let expires = try expiry(op, default: Limits.longestWait) else { return }
        let source = op.options?["if"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        var index = [Wait.IndexKey.any]
        if let source {
            do {
                let trigger = try transaction.events(Array(run.eventIDs.prefix(1))).first
                index = Wait.IndexKey.keys(of: try Expression.compile(source), trigger: trigger?.json)
            } catch let error as ExpressionError {
                return try refuse(op, "opts.if: \(error)")
            }
        }
        let key = StepKey(run: run.id, step: op.id)
        transaction.record(
            .waitStarted, &run, step: op.id,
            detail: [
                "event": .string(event), "if": source.map(JSON.string),
                "indexed": source != nil && index == [.any] ? false : nil, "label": .string(op.label),
                "until": .string(expires.description),
            ])
        transaction.insert(
            Wait(
                key: key, label: op.label, registeredAt: transaction.now, expiresAt: expires,
                target: .event(name: event, expression: source, index: index)))
        try enqueue(op, .timeOut, at: expires)
    }

    /// When a wait gives up; nil where the run was failed for it.
    mutating func expiry(_ op: Op, default longest: Duration) throws -> Timestamp? {
        guard let text = op.options?["timeout"]?.string, !text.isEmpty else { return transaction.now + longest }
        guard let time = TimeString.parse(text).map({ transaction.now + $0 }) ?? Timestamp(rfc3339: text) else {
            try refuse(op, "opts.timeout: '\(text)' is neither a duration such as 3d nor an RFC 3339 time")
            return nil
        }
        guard time <= transaction.now + Limits.longestWait else {
            try refuse(op, "waits until \(time), longer than 366 days", name: "InngestErrTimeoutTooLong")
            return nil
        }
        return max(time, transaction.now)
    }

}
