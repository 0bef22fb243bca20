import Foundation
import JSON
import Testing
import Wire

@testable import Engine

/// A line of the upstream tables: what a schedule does at a time.
struct CronVector: CustomTestStringConvertible, Sendable {
    let time: Timestamp
    let spec: String
    let fields: Int
    let fires: Bool
    /// Nil stands for never.
    let next: Timestamp?

    var testDescription: String { "\(spec) at \(time)" }

    /// The tables' schedules without a prefix are read in the zone of the time.
    init?(_ line: JSON) {
        guard let clock = line["time"]?.string, let time = Timestamp(rfc3339: clock), let fields = line["fields"]?.int,
            let spec = line["spec"]?.string
        else { return nil }
        let zones = ["Z": "UTC", "-04:00": "America/New_York", "-05:00": "America/New_York", "+05:30": "Asia/Kolkata"]
        guard let zone = zones.first(where: { clock.hasSuffix($0.key) })?.value else { return nil }
        self.time = time
        self.spec = spec.contains("TZ=") ? spec : "TZ=\(zone) \(spec)"
        self.fields = fields
        fires = line["fires"]?.bool ?? false
        next = line["next"]?.string.flatMap(Timestamp.init(rfc3339:))
    }

    /// The same schedule without its field of seconds, if that is 0. Nil for those that tick between minutes.
    var inMinutes: CronVector? {
        if fields == 5 { return self }
        var words = spec.split(separator: " ")
        guard words.count == 7, words[1] == "0" else { return nil }
        words.remove(at: 1)
        return CronVector(time: time, spec: words.joined(separator: " "), fields: 5, fires: fires, next: next)
    }

    private init(time: Timestamp, spec: String, fields: Int, fires: Bool, next: Timestamp?) {
        (self.time, self.spec, self.fields, self.fires, self.next) = (time, spec, fields, fires, next)
    }

    static let activation = table("activation")
    static let next = table("next")
    static let invalid = document["invalid"].map { $0.elements.compactMap(\.string) } ?? []

    private static func table(_ name: String) -> [CronVector] {
        document[name].map { $0.elements.compactMap(CronVector.init) } ?? []
    }

    private static let document: JSON = {
        let url = Bundle.module.url(forResource: "cron-robfig", withExtension: "json", subdirectory: "Vectors")
        guard let url, let data = try? Data(contentsOf: url), let json = try? JSON(parsing: Array(data)) else {
            return .emptyObject
        }
        return json
    }()
}
