import JSON

/// The visit of a list or map by a macro.
struct Loop: Sendable {
    let range: Evaluate
    /// Where the visited values go: element or key; or index or key, and value.
    let places: [Int]
    /// Steps of one round, by the length of what is evaluated.
    let cost: Int
    let token: Int

    /// Runs `body` for each element until it says false. Returns true where there is nothing to visit, in the dialect.
    func run(
        _ frame: inout Frame, _ body: (inout Frame) throws(Fault) -> Bool
    ) throws(Fault) -> Bool {
        let value = try range(&frame)
        switch value {
        case .list(.values(let values)):
            for (index, element) in values.enumerated() {
                guard try visit(.int(Int64(index)), element, isMap: false, &frame, body) else { break }
            }
        case .list(.json(let json)):
            try frame.read(bytes: json.bytes.count)
            for (index, element) in json.elements.enumerated() {
                guard try visit(.int(Int64(index)), Value(element), isMap: false, &frame, body) else { break }
            }
        case .map(let map):
            for (key, element) in try map.pairs(in: &frame) {
                guard try visit(key, element, isMap: true, &frame, body) else { break }
            }
        default:
            guard value.isNothing, frame.isDialect else { throw Fault.noOverload("a macro", value).at(token) }
            return true
        }
        return false
    }

    private func visit(
        _ key: Value, _ value: Value, isMap: Bool, _ frame: inout Frame,
        _ body: (inout Frame) throws(Fault) -> Bool
    ) throws(Fault) -> Bool {
        try frame.charge(cost)
        if places.count == 2 {
            frame.locals[places[0]] = .success(key)
            frame.locals[places[1]] = .success(value)
        } else {
            frame.locals[places[0]] = .success(isMap ? key : value)
        }
        return try body(&frame)
    }
}
