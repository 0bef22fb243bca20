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
    private var bySlug: [String: NameUUID] = [:]
    private var byEventName: [String: [EventTrigger]] = [:]
    /// Wildcards by what stands before the star.
    private var byPrefix: [String: [EventTrigger]] = [:]

    private struct EventTrigger {
        let function: NameUUID
        let expression: Expression?
    }

    /// Of which version of the store's apps and functions this is.
    package var version: Int64 = 0

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

    package mutating func put(_ function: FunctionRecord) {
        functions[function.id] = function
        queueRules[function.id] = QueueRules(function)
        if function.archivedAt == nil || bySlug[function.slug] == nil { bySlug[function.slug] = function.id }
        for name in byEventName.keys { byEventName[name]?.removeAll { $0.function == function.id } }
        for prefix in byPrefix.keys { byPrefix[prefix]?.removeAll { $0.function == function.id } }
        guard function.archivedAt == nil else { return }
        for case .event(let name, let source) in function.config.triggers {
            // The expression was compiled when the app registered; one that no longer compiles matches nothing.
            let expression = source.map { try? Expression.compile($0) }
            if case .some(nil) = expression { continue }
            let trigger = EventTrigger(function: function.id, expression: expression ?? nil)
            if name.hasSuffix("*") {
                byPrefix[String(name.dropLast()), default: []].append(trigger)
            } else {
                byEventName[name, default: []].append(trigger)
            }
        }
    }

    /// What the calls of a function have to pass; nil where that is nothing.
    package func queueRules(of function: NameUUID) -> QueueRules? { queueRules[function] }

    /// A function by its slug or its id, unless its app no longer has it.
    package func function(_ reference: String) -> FunctionRecord? {
        let function = bySlug[reference].flatMap { functions[$0] } ?? functions[NameUUID(stored: reference)]
        return function?.archivedAt == nil ? function : nil
    }

    /// The slug of the function that a call is for.
    package func slug(of call: Call) -> String {
        functions[NameUUID(stored: call.request.functionID)]?.slug ?? ""
    }

    package func functions(of app: NameUUID) -> [FunctionRecord] {
        functions.values.filter { $0.appID == app }.sorted { $0.slug < $1.slug }
    }

    /// The functions that an event starts, each once, in the order of their slugs.
    package func functions(startedBy event: Event, at now: Timestamp) -> [FunctionRecord] {
        var triggers = byEventName[event.name] ?? []
        if !byPrefix.isEmpty {
            for (index, character) in zip(event.name.indices, event.name) where character == "/" || character == "." {
                triggers += byPrefix[String(event.name[...index])] ?? []
            }
        }
        guard !triggers.isEmpty else { return [] }
        var matched: Set<NameUUID> = []
        for trigger in triggers where !matched.contains(trigger.function) {
            // An expression that fails for this event is false for it.
            let matches = try? trigger.expression?.matches(event: event.json, async: nil, now: now.milliseconds)
            if matches ?? (trigger.expression == nil) { matched.insert(trigger.function) }
        }
        return matched.compactMap { functions[$0] }.sorted { $0.slug < $1.slug }
    }
}
