import JSON
import Logging
import Wire

extension App {
    /// What the app says of itself when it registers.
    ///
    /// - Parameter url: the app's endpoint, as the orchestrator reaches it.
    package func registration(url: String) -> Registration {
        Registration(
            url: url, appName: id, appVersion: configuration.appVersion, sdk: SDKIdentity.text,
            framework: Self.framework,
            functions: functions.map { $0.config(url: url, checkpointing: $0.checkpointing(in: configuration)) })
    }

    /// Runs a function for one call, without HTTP and signatures.
    ///
    /// - Parameters:
    ///   - body: the call as JSON.
    ///   - slug: `<app id>-<function id>`, the `fnId` of the call's URL.
    ///   - targetStep: the `stepId` of the call's URL; nil or `step` for none.
    package func answer(_ body: [UInt8], function slug: String, targetStep: String? = nil) async -> CallResponse {
        guard let function = function(slug: slug) else { return unknownFunction(slug) }
        var call: CallRequest
        do {
            call = try CallRequest(JSON(parsing: body))
        } catch {
            return refusal(400, name: "InvalidCall", "the call can't be read: \(error)")
        }
        if let targetStep, targetStep != "step" { call.targetStep = StepID(hash: targetStep) }
        do {
            if call.useAPI { try await loadState(of: &call) }
        } catch {
            return refusal(500, name: "StateNotLoaded", "the run's state can't be loaded: \(explanation(of: error))")
        }
        return await answer(call, function)
    }

    private func answer(_ call: CallRequest, _ function: ServedFunction) async -> CallResponse {
        var response = response(to: await outcome(of: call, function))
        response.headers[HeaderName.requestVersion] = function.settings.parallelism == .eager ? "1" : "2"
        return response
    }

    private func outcome(of call: CallRequest, _ function: ServedFunction) async -> Outcome {
        let middleware = MiddlewareStack(configuration.middleware) + MiddlewareStack(function.settings.middleware)
        var call = call
        do {
            for index in call.events.indices {
                call.events[index] = try await middleware.decode(event: call.events[index])
            }
        } catch {
            return Outcome(thrown: error)
        }
        return await Invocation(call, of: function, in: self, middleware: middleware).run(function.handler)
    }

    private func response(to outcome: Outcome) -> CallResponse {
        switch outcome {
        case .ops(let ops, let retryAfter):
            var response = json(206, .array(ops.map(\.json)))
            response.headers[HeaderName.retryAfter] = retryAfter
            return response
        case .returned(let output):
            return json(200, output)
        case .failed(let error, let retriable, let retryAfter):
            var response = json(retriable ? 500 : 400, error.json)
            response.headers[HeaderName.noRetry] = retriable ? "false" : "true"
            response.headers[HeaderName.retryAfter] = retryAfter
            return response
        case .targetNotFound(let step, let found):
            return targetNotFound(step, found)
        }
    }

    private func targetNotFound(_ step: StepID, _ found: [StepCall]) -> CallResponse {
        let names = found.map { "'\($0.request.id)'" }.joined(separator: ", ")
        let message = """
            the step \(step) is not reached any more; the function waits at \
            \(names.isEmpty ? "no step" : names). Was its code changed while this run was in flight?
            """
        var response = json(
            500,
            [
                "name": "StepNotFound", "message": .string(message), "error": .string(message),
                "requestedStep": .string(step.hash), "foundSteps": .array(found.prefix(25).map(\.discovered.json)),
                "totalFoundSteps": .int(found.count),
            ])
        response.headers[HeaderName.noRetry] = "false"
        return response
    }

    private func unknownFunction(_ slug: String) -> CallResponse {
        let served = functions.map(\.slug).joined(separator: ", ")
        return refusal(
            404, name: "UnknownFunction",
            "the app '\(id)' has no function '\(slug)'; it has: \(served.isEmpty ? "none" : served). Sync the app.")
    }

    /// A refusal that says why, and may be tried again.
    func refusal(_ status: Int, name: String, _ message: String) -> CallResponse {
        var response = json(status, ReportedError(name: name, message: message).json)
        response.headers[HeaderName.noRetry] = "false"
        return response
    }

    /// An answer with the headers that each has.
    func json(_ status: Int, _ body: JSON) -> CallResponse {
        var headers = configuration.identity
        headers["content-type"] = "application/json"
        headers[HeaderName.requestVersion] = "2"
        headers[HeaderName.framework] = Self.framework
        headers[HeaderName.expectedServerKind] = configuration.mode.rawValue
        return CallResponse(status: status, headers: headers, body: Array(body.bytes))
    }

    static let framework = "swift"
}
