import Expressions
import JSON
import Wire

/// The apps and functions that are known, and which functions an event starts. A value: a transaction that fails
/// leaves the old one in force.
package struct Catalog {
    private(set) package var apps: [NameUUID: AppRecord] = [:]
    private(set) package var functions: [NameUUID: FunctionRecord] = [:]
    /// Of those functions whose calls something may hold up.
    private var queueRules: [NameUUID: QueueRules] = [:]
    private var bySlug: [[UInt8]: NameUUID] = [:]
    /// By the bytes of the name: two names that look the same need not be.
    private var byEventName: [[UInt8]: [EventTrigger]] = [:]
    /// Wildcards by what stands before the star.
    private var byPrefix: [[UInt8]: [EventTrigger]] = [:]

    private struct EventTrigger {
        let function: NameUUID
        let expression: Expression?
    }

    /// Of which version of the store's apps and functions this is.
    package var version: Int64 = 0

    /// What the triggers say to an event: each function once.
    package struct Matches {
        /// In the order of their slugs.
        package var functions: [FunctionRecord]
        /// Those of which a trigger has the event's name, and none with an expression that is true.
        package var passedOver: [Decision] = []
    }

    package init() {}

    /// What a store holds.
    init(_ store: any Store) throws {
        version = try store.catalogVersion()
        for app in try store.apps() { put(app) }
        for function in try store.functions() { put(function) }
    }

    package mutating func put(_ app: AppRecord) {
        apps[app.id] = app
    }

    package mutating func removeApp(_ id: NameUUID) {
        apps[id] = nil
    }

    package mutating func put(_ function: FunctionRecord) {
        functions[function.id] = function
        queueRules[function.id] = QueueRules(function)
        let slug = Array(function.slug.utf8)
        if function.archivedAt == nil || bySlug[slug] == nil { bySlug[slug] = function.id }
        for name in byEventName.keys { byEventName[name]?.removeAll { $0.function == function.id } }
        for prefix in byPrefix.keys { byPrefix[prefix]?.removeAll { $0.function == function.id } }
        guard function.archivedAt == nil else { return }
        for case .event(let name, let source) in function.config.triggers {
            // The expression was compiled when the app registered; one that no longer compiles matches nothing.
            let expression = source.map { try? Expression.compile($0) }
            if case .some(nil) = expression { continue }
            let trigger = EventTrigger(function: function.id, expression: expression ?? nil)
            let bytes = Array(name.utf8)
            if bytes.last == UInt8(ascii: "*") {
                byPrefix[Array(bytes.dropLast()), default: []].append(trigger)
            } else {
                byEventName[bytes, default: []].append(trigger)
            }
        }
    }

    /// What the calls of a function have to pass; nil where that is nothing.
    package func queueRules(of function: NameUUID) -> QueueRules? { queueRules[function] }

    /// A function by its slug or its id, unless its app no longer has it.
    package func function(_ reference: String) -> FunctionRecord? {
        let function = bySlug[Array(reference.utf8)].flatMap { functions[$0] } ?? functions[NameUUID(stored: reference)]
        return function?.archivedAt == nil ? function : nil
    }

    /// The slug of the function that a call is for.
    package func slug(of call: Call) -> String {
        functions[NameUUID(stored: call.request.functionID)]?.slug ?? ""
    }

    package func functions(of app: NameUUID) -> [FunctionRecord] {
        functions.values.filter { $0.appID == app }.sorted { $0.slug < $1.slug }
    }

    /// The functions that an event starts.
    package func functions(startedBy event: Event, at now: Timestamp) -> Matches {
        let name = Array(event.name.utf8)
        var triggers = byEventName[name] ?? []
        if !byPrefix.isEmpty {
            for (index, byte) in name.enumerated() where byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") {
                triggers += byPrefix[Array(name[...index])] ?? []
            }
        }
        guard !triggers.isEmpty else { return Matches(functions: []) }
        var matched: Set<NameUUID> = []
        var passedOver: [NameUUID: Decision] = [:]
        for trigger in triggers where !matched.contains(trigger.function) {
            if let decision = objection(of: trigger, to: event, at: now) {
                passedOver[trigger.function] = passedOver[trigger.function] ?? decision
            } else {
                matched.insert(trigger.function)
            }
        }
        let others = passedOver.values.filter { !matched.contains($0.function) }
        return Matches(
            functions: matched.compactMap { functions[$0] }.sorted { $0.slug < $1.slug },
            passedOver: others.sorted { $0.function.description < $1.function.description })
    }

    /// Why a trigger of the right name is passed over. An expression that fails for an event is false for it.
    private func objection(of trigger: EventTrigger, to event: Event, at now: Timestamp) -> Decision? {
        guard let expression = trigger.expression else { return nil }
        var state: [String: JSON?] = ["if": .string(expression.source)]
        do {
            if try expression.matches(event: event.json, async: nil, now: now.milliseconds) { return nil }
        } catch {
            state["error"] = .string(error.description)
        }
        return Decision(function: trigger.function, gate: .expression, state: JSON.emptyObject.merging(state))
    }
}
