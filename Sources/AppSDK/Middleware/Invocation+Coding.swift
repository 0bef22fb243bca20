import JSON
import Wire

// The values of a call on their way through middleware.
extension Invocation {
    func info(of step: StepCall) -> StepInfo { StepInfo(id: step.request.id, kind: step.request.kind, run: info) }

    // MARK: In

    /// A resumption as the function is to see it.
    func decode(_ resumption: Replay.Resumption) async throws -> Replay.Resumption {
        if middleware.isEmpty { return resumption }
        switch resumption {
        case .memo(.value(let json), let step): return .memo(.value(try await decoded(json, of: step)), of: step)
        case .memo: return resumption
        case .execute(var step):
            guard let input = step.replacedInput else { return resumption }
            var decoded: [JSON] = []
            for value in input { decoded.append(try await middleware.decode(value, as: .stepInput(info(of: step)))) }
            step.replacedInput = decoded
            return .execute(step)
        }
    }

    /// The result of a step that has just been run, as a later call would see it.
    ///
    /// - Throws: ``Interruption``: the call has failed.
    func decode(_ value: JSON, of step: StepCall) async throws -> JSON {
        do {
            return try await decoded(value, of: step)
        } catch {
            decide(Outcome(thrown: error), thrown: error)
            throw Interruption()
        }
    }

    private func decoded(_ json: JSON, of step: StepCall) async throws -> JSON {
        if json.isNull { return json }
        guard step.request.kind == .waitForEvent else {
            return try await middleware.decode(json, as: .stepOutput(info(of: step)))
        }
        return try await middleware.decode(event: json)
    }

    // MARK: Out

    /// An outcome as the orchestrator is to see it.
    func encoded(_ outcome: Outcome) async -> Outcome {
        do {
            switch outcome {
            case .ops(let ops, let retryAfter):
                return .ops(try await ops.asyncMap { try await encoded($0) }, retryAfter: retryAfter)
            case .returned(let output): return .returned(try await middleware.encode(output, as: .runOutput(info)))
            case .failed, .targetNotFound: return outcome
            }
        } catch {
            state.withLock { $0.thrown = error }
            return Outcome(thrown: error)
        }
    }

    /// Reports as the orchestrator is to see them. What can't be encoded is left out, and an error logged.
    func encoded(_ ops: [Op]) async -> [Op] {
        var encoded: [Op] = []
        for op in ops {
            do {
                encoded.append(try await self.encoded(op))
            } catch {
                baseLogger.error("'\(op.label)' can't be encoded: \(explanation(of: error))")
            }
        }
        return encoded
    }

    /// The options of a report: what is invoked, deferred, or shown as input. Results are encoded as they come.
    private func encoded(_ op: Op) async throws -> Op {
        guard !middleware.isEmpty, let options = op.options else { return op }
        var op = op
        switch op.code {
        case .invokeFunction:
            guard let payload = options["payload"], let data = payload["data"] else { break }
            let encoded = try await middleware.encode(data, as: .event(name: InternalEvent.functionInvoked))
            op.options = options.merging(["payload": payload.merging(["data": encoded])])
        case .deferAdd:
            guard let data = options["input"] else { break }
            let encoded = try await middleware.encode(data, as: .event(name: InternalEvent.deferred))
            op.options = options.merging(["input": encoded])
        case .stepRun, .stepPlanned, .stepError, .stepFailed:
            guard let input = options["input"] else { break }
            let step = StepInfo(id: op.label, kind: .run, run: info)
            let encoded = try await input.elements.asyncMap { try await middleware.encode($0, as: .stepInput(step)) }
            op.options = options.merging(["input": .array(encoded)])
        default: break
        }
        return op
    }
}

extension MiddlewareStack {
    /// An event with its data decoded; of a failed run's event also that of the event that had started it.
    func decode(event: JSON) async throws -> JSON {
        guard !isEmpty, let data = event["data"] else { return event }
        let name = event["name"]?.string ?? ""
        var decoded = try await decode(data, as: .event(name: name))
        if name == InternalEvent.functionFailed, let original = decoded["event"] {
            decoded = decoded.merging(["event": try await decode(event: original)])
        }
        return event.merging(["data": decoded])
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
