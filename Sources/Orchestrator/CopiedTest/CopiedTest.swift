import Engine
import JSON
import Wire

/// A run as the code of a test for AppTesting: the same start, the same answers from outside, the same time passing, to
/// the same end. What a test can't bring about is said in a line of comment.
struct CopiedTest {
    let run: Run
    let events: [StoredEvent]
    let history: [HistoryEntry]
    /// As they ended, or, where that was chance, as they began.
    let steps: [Step]
    /// Whether steps were planned together: these end in any order.
    let isParallel: Bool
    let app: String?
    /// As the app gave it.
    let functionID: String

    /// - Parameters:
    ///   - slug: of the function; nil where it is not known any more.
    ///   - app: that the function belongs to.
    init(of timeline: Timeline, slug: String?, app: String?) {
        run = timeline.run
        events = timeline.events
        history = timeline.history
        self.app = app
        let slug = slug ?? "?"
        let prefix = app.map { "\($0)-" } ?? ""
        functionID = slug.hasPrefix(prefix) ? String(slug.dropFirst(prefix.count)) : slug
        let planned = history.filter { $0.kind == .stepPlanned }.map(\.at)
        isParallel = Set(planned).count < planned.count
        steps = isParallel ? Self.asBegun(timeline) : timeline.steps
    }

    private static func asBegun(_ timeline: Timeline) -> [Step] {
        var begun: [StepID: Int] = [:]
        for (place, entry) in timeline.history.enumerated() {
            if let step = entry.step, begun[step] == nil { begun[step] = place }
        }
        let places = timeline.steps.map { (begun[$0.id] ?? -1, $0.position, $0) }
        return places.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    /// The whole file.
    var code: String {
        // Schedules go by the date.
        let tick = tick.map { ", startingAt: Date(timeIntervalSince1970: \(Self.seconds($0 + .seconds(-1))))" }
        let imports = ["AppSDK", "AppTesting"] + (tick == nil ? [] : ["Foundation"]) + ["Testing"]
        let body =
            ["let orchestrator = try TestOrchestrator(app\(tick ?? ""))"] + stubs + start
            + CopiedPassage.lines(of: self)
            + [""] + expectations
        let name = SwiftCode.identifier(functionID)
        let lines =
            imports.map { "import \($0)" } + ["", "@Test func \(name)Run() async throws {"]
            + body.map { $0.isEmpty ? "" : "    \($0)" } + ["}", ""]
        return lines.joined(separator: "\n")
    }

    private static func seconds(_ time: Timestamp) -> String {
        JSON.double(Double(time.milliseconds) / 1000).text
    }
}
