import Foundation
import JSON

/// The made-up values of one decoding, and where the type asked for them.
///
/// Confined to the call that finds a path; no two tasks see it.
final class Probe {
    private(set) var places: [(path: [any CodingKey], value: JSON)] = []
    private var changed: Int?

    func start(changing place: Int?) {
        places = []
        changed = place
    }

    /// A made-up value for the next place: one of two kinds, and as unlike those of other places as its type allows.
    func value<Value: Encodable>(at path: [any CodingKey], _ make: (_ place: Int, _ changed: Bool) -> Value) throws
        -> Value
    {
        // A type that contains itself would go on for ever.
        guard path.count <= 64, places.count < 10_000 else {
            throw DecodingError.dataCorrupted(.init(codingPath: path, debugDescription: "the type contains itself"))
        }
        let value = make(places.count, changed == places.count)
        places.append((path, try JSON(encoding: value)))
        return value
    }

    /// A made-up value of a type that is no container, or nil where it must be asked for its parts.
    func scalar<Value: Decodable>(_ type: Value.Type, at path: [any CodingKey]) throws -> Value? {
        if let cases = type as? any CaseIterable.Type, let encodable = type as? any Encodable.Type {
            return try enumeration(cases, encodable, at: path) as? Value
        }
        switch type {
        case is Date.Type: return try value(at: path, Self.date) as? Value
        case is UUID.Type: return try value(at: path, Self.uuid) as? Value
        case is URL.Type: return try value(at: path, Self.url) as? Value
        case is Data.Type: return try value(at: path) { Data("\($1 ? "changed" : "probe")-\($0)".utf8) } as? Value
        case is Decimal.Type: return try value(at: path) { Decimal(Self.number($0, $1)) } as? Value
        default: return nil
        }
    }

    private func enumeration<Cases: CaseIterable>(
        _ type: Cases.Type, _ encodable: any Encodable.Type, at path: [any CodingKey]
    ) throws -> (any Encodable)? {
        let all = Array(Cases.allCases).compactMap { $0 as? any Encodable }
        guard let first = all.first, let last = all.last else { return nil }
        let isChanged = changed == places.count
        let chosen = isChanged ? last : first
        places.append((path, try JSON(encoding: chosen)))
        return chosen
    }

    static func number(_ place: Int, _ changed: Bool) -> Int { place % 60 + (changed ? 64 : 1) }

    private static func date(_ place: Int, _ changed: Bool) -> Date {
        Date(timeIntervalSince1970: 1_000_000_000 + Double(place * 1000) + (changed ? 1 : 0))
    }

    private static func uuid(_ place: Int, _ changed: Bool) -> UUID {
        let (high, low) = (UInt8(truncatingIfNeeded: place >> 8), UInt8(truncatingIfNeeded: place))
        return UUID(uuid: (0xA, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, changed ? 1 : 0, high, low))
    }

    private static func url(_ place: Int, _ changed: Bool) -> URL {
        URL(filePath: "/probe/\(place)\(changed ? "/changed" : "")")
    }
}
