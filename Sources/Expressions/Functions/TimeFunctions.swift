import Foundation

extension Function {
    /// Parts of timestamps, in UTC or the zone that is named; and lengths of durations.
    static let times = [
        part("getFullYear") { $0.time.year },
        part("getMonth") { $0.time.month - 1 },
        part("getDate") { $0.time.day },
        part("getDayOfMonth") { $0.time.day - 1 },
        part("getDayOfWeek") { $0.time.dayOfWeek },
        part("getDayOfYear") { $0.time.dayOfYear },
        part("getHours", of: { $0 / 3_600_000_000_000 }) { $0.time.hour },
        part("getMinutes", of: { $0 / 60_000_000_000 }) { $0.time.minute },
        part("getSeconds", of: { $0 / 1_000_000_000 }) { $0.time.second },
        part("getMilliseconds", of: { $0 / 1_000_000 % 1000 }) { $0.nanoseconds / 1_000_000 },
    ]

    private static func part(
        _ name: String, of duration: (@Sendable (Int64) -> Int64)? = nil,
        _ part: @escaping @Sendable (LocalTime) -> Int64
    ) -> Function {
        Function(name, 1...2) { arguments, frame throws(Fault) in
            switch arguments[0] {
            case .timestamp(let instant):
                // Finding a zone by name takes about as long.
                try frame.charge(arguments.count == 2 ? 50 : 1)
                let zone = arguments.count == 2 ? try arguments[1].asText("\(name)()") : nil
                return .int(part(try LocalTime(instant, zone: zone)))
            case .duration(let span):
                guard let duration, arguments.count == 1 else { throw .noOverload("\(name)()", arguments) }
                return .int(duration(span.nanoseconds))
            default: throw .noOverload("\(name)()", arguments)
            }
        }
    }
}

/// A point in time as the clock on a wall shows it.
struct LocalTime {
    let time: CivilTime
    let nanoseconds: Int64

    /// - Parameter zone: an offset such as `+01:00`, or a name of the time zone database. None: UTC.
    init(_ instant: Instant, zone: Text?) throws(Fault) {
        let offset = try zone.map { zone throws(Fault) in try Self.offset(of: zone, at: instant) } ?? 0
        time = CivilTime(secondsSince1970: instant.seconds + offset)
        nanoseconds = instant.nanoseconds
    }

    private static func offset(of zone: Text, at instant: Instant) throws(Fault) -> Int64 {
        if let offset = TimeText.offset(zone) { return offset }
        let name = zone.string
        guard name.utf8.count <= 64, let zone = TimeZone(identifier: name) else {
            throw Fault("'\(name.prefix(60))' is no time zone such as 'Europe/Berlin' or '+01:00'")
        }
        return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.seconds))))
    }
}
