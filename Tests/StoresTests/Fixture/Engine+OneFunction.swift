import Engine
import JSON
import Testing
import Wire

extension Engine {
    /// An engine with a function "f" that "go" starts.
    static func oneFunction(
        on store: any Store, _ rules: JSON = [:], settings: EngineSettings = EngineSettings()
    ) throws -> Engine {
        let engine = try Engine(store: store, settings: settings)
        let function = rules.merging([
            "id": "app-f", "name": "f", "triggers": [["event": "go"]],
            "steps": [
                "step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app?fnId=f"]]
            ],
        ])
        try engine.perform(SyncApp(Registration(url: "http://app", appName: "app", sdk: "test", functions: [function])))
        return engine
    }

    func perform(_ command: any Command, at now: Timestamp = Sample.start) throws {
        for outcome in execute([command], now: now, room: 0).outcomes { _ = try outcome.get() }
    }

    /// The next call that is due.
    func lease(at now: Timestamp = Sample.start) throws -> Call {
        notice(.call, at: now)
        return try #require(execute([], now: now, room: 1).calls.first)
    }
}
