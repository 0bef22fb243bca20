import Engine
import Wire

/// Functions with their apps, as they are read for answers that name them.
struct FunctionNames: Sendable {
    let byID: [NameUUID: APIShapes.FunctionAndApp]

    init(_ byID: [NameUUID: APIShapes.FunctionAndApp]) {
        self.byID = byID
    }

    init(_ reads: any Reads) async throws {
        let apps = Dictionary(try await reads.apps().map { ($0.id, $0) }) { first, _ in first }
        let functions = try await reads.functions()
        self.init(
            Dictionary(functions.map { ($0.id, APIShapes.FunctionAndApp(function: $0, app: apps[$0.appID])) }) {
                first, _ in first
            })
    }

    subscript(id: NameUUID) -> APIShapes.FunctionAndApp? { byID[id] }

    /// The ids of those with this slug and of this app; nil where neither is given.
    func ids(slug: String?, app: String?) -> [NameUUID]? {
        guard slug != nil || app != nil else { return nil }
        return byID.values.filter { (slug == nil || $0.function.slug == slug) && (app == nil || $0.app?.name == app) }
            .map(\.function.id)
    }
}
