import JSON

/// What an app reports about a step.
package struct Op: Hashable, Sendable {
    /// The kinds of report. The names are the protocol's.
    package enum Code: String, Sendable, CaseIterable {
        case none = "None"
        case step = "Step"
        case stepRun = "StepRun"
        case stepError = "StepError"
        case stepFailed = "StepFailed"
        case stepPlanned = "StepPlanned"
        case sleep = "Sleep"
        case waitForEvent = "WaitForEvent"
        case waitForSignal = "WaitForSignal"
        case invokeFunction = "InvokeFunction"
        case aiGateway = "AIGateway"
        case gateway = "Gateway"
        case runComplete = "RunComplete"
        case syncRunComplete = "SyncRunComplete"
        case discoveryRequest = "DiscoveryRequest"
        case deferAdd = "DeferAdd"
        case deferAbort = "DeferAbort"
    }

    package var code: Code
    package var id: StepID
    /// Legacy name, and the legacy place of a sleep's duration and a wait's event.
    package var name: String?
    package var displayName: String?
    package var options: JSON?
    package var data: JSON?
    package var error: JSON?
    /// The app developer's own id of the step: `{id, index?}`.
    package var userland: JSON?
    /// `{a, b}`: start in Unix nanoseconds, duration in nanoseconds.
    package var timing: JSON?
    /// What the step has to say of itself: a list of `{kind, scope, op, values}`.
    package var metadata: JSON?

    package init(
        _ code: Code, id: StepID, name: String? = nil, displayName: String? = nil, options: JSON? = nil,
        data: JSON? = nil, error: JSON? = nil, userland: JSON? = nil, timing: JSON? = nil, metadata: JSON? = nil
    ) {
        self.code = code
        self.id = id
        self.name = name
        self.displayName = displayName
        self.options = options
        self.data = data
        self.error = error
        self.userland = userland
        self.timing = timing
        self.metadata = metadata
    }

    /// Reads a report.
    /// - Throws: ``InvalidOp``.
    package init(_ json: JSON) throws(InvalidOp) {
        guard json.kind == .object else { throw InvalidOp("an op is an object, not a \(json.kind.rawValue)") }
        guard let codeText = json["op"]?.string else { throw InvalidOp("op: missing") }
        guard let code = Code(rawValue: codeText) else { throw InvalidOp("op: '\(codeText.prefix(64))' is unknown") }
        // Hashes in hex, by all SDKs. In ASCII, so that there is one order of ids, in calls as in signatures.
        guard let id = json["id"]?.string, (1...256).contains(id.utf8.count), id.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { throw InvalidOp("id: a text of 1 to 256 visible ASCII characters is expected") }
        self.init(
            code, id: StepID(hash: id), name: json["name"]?.string, displayName: json["displayName"]?.string,
            options: json["opts"].flatMap { $0.kind == .object ? Optional($0) : nil }, data: json["data"],
            error: json["error"].flatMap { $0.isNull ? nil : Optional($0) }, userland: json["userland"],
            timing: json["timing"], metadata: json["metadata"])
        if code == .stepError || code == .stepFailed, error == nil {
            throw InvalidOp("error: missing in a \(codeText)")
        }
    }

    package var json: JSON {
        [
            "data": data, "displayName": displayName.map(JSON.string), "error": error, "id": .string(id.hash),
            "metadata": metadata, "name": name.map(JSON.string), "op": .string(code.rawValue), "opts": options,
            "timing": timing, "userland": userland,
        ]
    }

    /// Whether an app may report it while its function goes on: the others make it yield.
    package var isCheckpoint: Bool {
        switch code {
        case .step, .stepRun, .stepPlanned, .stepFailed, .runComplete, .syncRunComplete, .deferAdd, .deferAbort: true
        default: false
        }
    }

    /// What to show a person as the step's name.
    package var label: String {
        displayName ?? userland?["id"]?.string ?? name ?? id.hash
    }
}

/// A report that breaks the protocol.
package struct InvalidOp: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
