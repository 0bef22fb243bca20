import Wire

/// Forgets an app: nothing starts its functions any more. Its runs stay, and end when their next call is due.
package struct RemoveApp: Command {
    private let id: NameUUID

    package init(_ id: NameUUID) {
        self.id = id
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws {
        guard transaction.catalog.apps[id] != nil else { throw Refusal(.notFound, "there is no app \(id)") }
        for function in transaction.catalog.functions(of: id) where function.archivedAt == nil {
            try transaction.archive(function)
        }
        transaction.removeApp(id)
    }
}
