/// Decodes a type from made-up values: each scalar from ``Probe``, lists and dictionaries empty, optionals present.
struct ProbingDecoder: Decoder {
    let probe: Probe
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(KeyedProbe<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { EmptyProbe(decoder: self) }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { ScalarProbe(decoder: self) }

    func at(_ key: any CodingKey) -> ProbingDecoder { ProbingDecoder(probe: probe, codingPath: codingPath + [key]) }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let scalar = try probe.scalar(type, at: codingPath) { return scalar }
        guard codingPath.count <= 64 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "the type contains itself"))
        }
        return try Value(from: self)
    }
}

private struct KeyedProbe<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: ProbingDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }
    // A type that asks which keys there are is a dictionary, or decides by them: it finds none.
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { false }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try decoder.at(key).decode(type)
    }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
        -> KeyedDecodingContainer<Nested>
    {
        try decoder.at(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        EmptyProbe(decoder: decoder.at(key))
    }
    func superDecoder() throws -> any Decoder { decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { decoder.at(key) }
}

/// A list without elements: what stands in one can't be named by a path.
private struct EmptyProbe: UnkeyedDecodingContainer {
    let decoder: ProbingDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { 0 }
    var isAtEnd: Bool { true }
    var currentIndex: Int { 0 }

    private var end: DecodingError {
        .valueNotFound(Any.self, .init(codingPath: codingPath, debugDescription: "the made-up list is empty"))
    }
    func decodeNil() throws -> Bool { throw end }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { throw end }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        throw end
    }
    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw end }
    func superDecoder() throws -> any Decoder { throw end }
}

private struct ScalarProbe: SingleValueDecodingContainer {
    let decoder: ProbingDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    private func number<Number: BinaryInteger & Encodable>() throws -> Number {
        try decoder.probe.value(at: codingPath) { Number(Probe.number($0, $1)) }
    }

    func decodeNil() -> Bool { false }
    func decode(_ type: Bool.Type) throws -> Bool { try decoder.probe.value(at: codingPath) { $1 } }
    func decode(_ type: String.Type) throws -> String {
        try decoder.probe.value(at: codingPath) { "\($1 ? "Changed" : "Probe")-\($0)" }
    }
    func decode(_ type: Double.Type) throws -> Double {
        try decoder.probe.value(at: codingPath) { Double(Probe.number($0, $1)) }
    }
    func decode(_ type: Float.Type) throws -> Float {
        try decoder.probe.value(at: codingPath) { Float(Probe.number($0, $1)) }
    }
    func decode(_ type: Int.Type) throws -> Int { try number() }
    func decode(_ type: Int8.Type) throws -> Int8 { try number() }
    func decode(_ type: Int16.Type) throws -> Int16 { try number() }
    func decode(_ type: Int32.Type) throws -> Int32 { try number() }
    func decode(_ type: Int64.Type) throws -> Int64 { try number() }
    func decode(_ type: UInt.Type) throws -> UInt { try number() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try number() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try number() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try number() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try number() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
}
