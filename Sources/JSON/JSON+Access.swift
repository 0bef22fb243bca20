extension JSON {
    /// The value of a member, if this is an object that has it. Fields before it are skipped, none is decoded.
    package subscript(key: String) -> JSON? {
        guard kind == .object else { return nil }
        var quoted: [UInt8] = []
        StringBytes.append(key, to: &quoted)
        for member in members where member.quotedKey.elementsEqual(quoted) { return member.value }
        return nil
    }

    /// The value of an element, if this is an array that is long enough.
    package subscript(index: Int) -> JSON? {
        guard kind == .array else { return nil }
        for (position, element) in elements.enumerated() where position == index { return element }
        return nil
    }

    /// The value at a path of object keys.
    package subscript(path path: [String]) -> JSON? {
        var current = self
        for key in path {
            guard let next = current[key] else { return nil }
            current = next
        }
        return current
    }

    /// The string, if this is one.
    package var string: String? { kind == .string ? StringBytes.decode(bytes) : nil }

    /// The number, if this is one.
    package var double: Double? { kind == .number ? Double(text) : nil }

    /// The number, if this is one and an integer that fits.
    package var int: Int? { kind == .number ? (Int(text) ?? Double(text).flatMap(Int.init(exactly:))) : nil }

    /// The boolean, if this is one.
    package var bool: Bool? { kind == .bool ? bytes.first == UInt8(ascii: "t") : nil }

    /// Whether this is `null`.
    package var isNull: Bool { kind == .null }

    /// The members of an object in canonical order; empty for any other value.
    package var members: Members { Members(scanner: Scanner(bytes: kind == .object ? bytes : [])) }

    /// The elements of an array; empty for any other value.
    package var elements: Elements { Elements(scanner: Scanner(bytes: kind == .array ? bytes : [])) }

    /// One member of an object.
    package struct Member {
        /// The key with quotes and escapes, as it stands in the text.
        package let quotedKey: ArraySlice<UInt8>
        package let value: JSON
        package var key: String { StringBytes.decode(quotedKey) }
    }

    /// The members of an object, read one by one.
    package struct Members: Sequence, IteratorProtocol {
        var scanner: Scanner

        package mutating func next() -> Member? {
            guard scanner.enterNext() else { return nil }
            let key = scanner.skipValue()
            scanner.position += 1
            return Member(quotedKey: key, value: JSON(canonical: scanner.skipValue()))
        }
    }

    /// The elements of an array, read one by one.
    package struct Elements: Sequence, IteratorProtocol {
        var scanner: Scanner

        package mutating func next() -> JSON? {
            guard scanner.enterNext() else { return nil }
            return JSON(canonical: scanner.skipValue())
        }
    }
}

/// Walks over canonical text: valid, and without white space.
struct Scanner {
    let bytes: ArraySlice<UInt8>
    var position: Int

    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Steps over the opening bracket or a comma. Returns false at the end of the array or object.
    mutating func enterNext() -> Bool {
        guard position < bytes.endIndex - 1 else { return false }
        position += 1
        return position < bytes.endIndex - 1
    }

    /// Steps over one value and returns its text.
    mutating func skipValue() -> ArraySlice<UInt8> {
        let start = position
        let offset = bytes.startIndex
        position = bytes.withUnsafeBufferPointer { CanonicalText.end(ofValueAt: start - offset, in: $0) } + offset
        return bytes[start..<position]
    }
}
