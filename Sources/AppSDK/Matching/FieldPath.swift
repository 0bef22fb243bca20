import JSON

/// Where a field of a Swift type is found in the JSON that the type is encoded to.
struct FieldPath: Hashable {
    let keys: [String]

    init(keys: [String]) {
        self.keys = keys
    }

    /// The path as CEL selects it, with a leading dot or bracket: `.user.id`, `['e-mail']`.
    var cel: String {
        keys.map { key in
            let isPlain = key.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil && !Self.reserved.contains(key)
            return isPlain ? ".\(key)" : "[\(CELLiteral.quoted(key))]"
        }.joined()
    }

    private static let reserved: Set<String> = ["true", "false", "null", "in"]
}

extension FieldPath {
    /// Finds a field by trial: the type is decoded from made-up values, and the one that the key path shows is it.
    ///
    /// A first decoding lists the places at which the type reads a scalar. Then, place by place, one made-up value is
    /// changed. The field is at the place that changes it, if it shows that place's value unchanged both times.
    ///
    /// - Throws: ``NonRetriableError`` where there is no such place, or the type refuses made-up values.
    init<Root: Decodable, Value: Encodable>(of field: KeyPath<Root, Value>) throws {
        let probe = Probe()
        func read(changing place: Int?) throws -> JSON {
            probe.start(changing: place)
            do {
                let root = try Root(from: ProbingDecoder(probe: probe, codingPath: []))
                return try JSON(encoding: root[keyPath: field])
            } catch {
                throw Self.unmappable(
                    field, "\(Root.self) can't be decoded from made-up values: \(explanation(of: error))")
            }
        }
        let before = try read(changing: nil)
        let first = probe.places
        for place in first.indices where first[place].value == before {
            let after = try read(changing: place)
            if after != before, probe.places.indices.contains(place), probe.places[place].value == after {
                self.init(keys: first[place].path.map(\.stringValue))
                return
            }
        }
        throw Self.unmappable(field, "no single key of \(Root.self)'s JSON holds it")
    }

    /// Whether a type reads a scalar here; true also where that can't be found out.
    func isField<Root: Decodable>(of type: Root.Type) -> Bool {
        if type == JSONValue.self { return true }
        let probe = Probe()
        probe.start(changing: nil)
        guard (try? Root(from: ProbingDecoder(probe: probe, codingPath: []))) != nil else { return true }
        return probe.places.contains { $0.path.map(\.stringValue) == keys }
    }

    private static func unmappable<Root, Value>(_ field: KeyPath<Root, Value>, _ reason: String) -> NonRetriableError {
        NonRetriableError(
            """
            the key path \(field) of type \(Value.self) can't be found in JSON: \(reason). It must be a stored field \
            that is encoded as a text, number or boolean; enumerations must be CaseIterable. Or write the \
            expression as text.
            """)
    }
}
