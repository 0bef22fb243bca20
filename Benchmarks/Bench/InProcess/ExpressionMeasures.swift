import Expressions
import JSON
import Rig

extension Measure {
    /// One expression over an event of 2 KB, on one core, beside a plain pass over the same bytes.
    static let expressions = [
        expression("early", filler: "z", target: .atLeast(1_000_000)), expression("late", filler: "a", target: nil),
    ]

    private static let condition = #"event.data.plan == "pro" && event.data.total > 10"#

    private static func expression(_ place: String, filler: String, target: Target?) -> Measure {
        Measure(
            inProcess: "expressions-\(place)",
            title: "evaluations over 2 KB, fields \(place) (beside: scans of the same bytes)", unit: .perSecond,
            target: target
        ) {
            let event = event(filler: filler)
            let compiled = try Expression.compile(condition)
            let evaluations = try rate { try compiled.matches(event: event, now: 0) }
            // Reading each byte once is the least that finding the end of the text costs.
            let scans = try rate { event.bytes.withUnsafeBufferPointer { scan($0) } }
            return Round(value: evaluations, ceiling: scans)
        }
    }

    /// Keys stand in order in canonical JSON: the filler's name decides whether it comes before the fields.
    private static func event(filler: String) -> JSON {
        let members = (0..<14).map { number -> (String, JSON?) in
            (filler + String(number), .string(String(repeating: "x", count: 120)))
        }
        let data = JSON.object(members + [("plan", "pro"), ("total", 12)])
        return ["data": data, "id": "01KAR2J8W5T5V2M8QY9H3X4N7B", "name": "shop/order.paid", "ts": 1_795_435_200_000]
    }

    /// Counts the quotes, byte by byte: the plainest pass there is.
    @inline(never)
    private static func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var quotes = 0
        for byte in bytes where byte == UInt8(ascii: "\"") { quotes += 1 }
        return quotes > 0
    }

    /// Times a second, over about a second.
    private static func rate(_ body: () throws -> Bool) throws -> Double {
        var (count, elapsed) = (0, Duration.zero)
        let start = ContinuousClock.now
        while elapsed < .seconds(1) {
            for _ in 0..<1000 {
                guard try body() else { throw RigError("the expression is true, but gave false") }
            }
            count += 1000
            elapsed = ContinuousClock.now - start
        }
        return Double(count) / elapsed.inSeconds
    }
}
