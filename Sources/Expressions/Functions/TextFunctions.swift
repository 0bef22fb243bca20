extension Function {
    /// CEL's strings extension: indexes count code points.
    static let textMembers = [
        Function("charAt", 2) { arguments, frame throws(Fault) in
            let characters = try arguments[0].scalars("charAt()", in: &frame)
            let index = try arguments[1].asIndex("charAt()", upTo: characters.count)
            return .string(String(String.UnicodeScalarView(characters[index...].prefix(1))))
        },
        Function("indexOf", 2...3) { arguments, frame throws(Fault) in
            let (text, part) = try searched("indexOf()", arguments, &frame)
            let start = arguments.count == 3 ? try arguments[2].asIndex("indexOf()", upTo: text.count) : 0
            return .int(Int64(firstIndex(of: part, in: text, from: start) ?? -1))
        },
        Function("lastIndexOf", 2...3) { arguments, frame throws(Fault) in
            let (text, part) = try searched("lastIndexOf()", arguments, &frame)
            let start = arguments.count == 3 ? try arguments[2].asIndex("lastIndexOf()", upTo: text.count) : text.count
            return .int(Int64(lastIndex(of: part, in: text, from: start) ?? -1))
        },
        Function("lowerAscii", 1) { arguments, frame throws(Fault) in
            try mapped("lowerAscii()", arguments, &frame) { $0 &- 65 < 26 ? $0 + 32 : $0 }
        },
        Function("upperAscii", 1) { arguments, frame throws(Fault) in
            try mapped("upperAscii()", arguments, &frame) { $0 &- 97 < 26 ? $0 - 32 : $0 }
        },
        Function("replace", 3...4) { arguments, frame throws(Fault) in
            let text = try arguments[0].asText("replace()")
            let (old, new) = (try arguments[1].asText("replace()"), try arguments[2].asText("replace()"))
            let limit = arguments.count == 4 ? try arguments[3].asCount("replace()") : -1
            return .string(try replaced(text, old, with: new, limit: limit, &frame))
        },
        Function("reverse", 1) { arguments, frame throws(Fault) in
            .string(String(String.UnicodeScalarView(try arguments[0].scalars("reverse()", in: &frame).reversed())))
        },
        Function("split", 2...3) { arguments, frame throws(Fault) in
            let (text, separator) = (try arguments[0].asText("split()"), try arguments[1].asText("split()"))
            let limit = arguments.count == 3 ? try arguments[2].asCount("split()") : -1
            return .list(try split(text, at: separator, limit: limit, &frame))
        },
        Function("substring", 2...3) { arguments, frame throws(Fault) in
            let characters = try arguments[0].scalars("substring()", in: &frame)
            let start = try arguments[1].asIndex("substring()", upTo: characters.count)
            let end =
                arguments.count == 3
                ? try arguments[2].asIndex("substring()", upTo: characters.count) : characters.count
            guard start <= end else { throw Fault("substring() from \(start) to \(end)") }
            return .string(String(String.UnicodeScalarView(characters[start..<end])))
        },
        Function("trim", 1) { arguments, frame throws(Fault) in
            let characters = try arguments[0].scalars("trim()", in: &frame)
            let start = characters.firstIndex { !$0.properties.isWhitespace } ?? characters.endIndex
            let end = characters.lastIndex { !$0.properties.isWhitespace }.map { $0 + 1 } ?? start
            return .string(String(String.UnicodeScalarView(characters[start..<end])))
        },
        Function("join", 1...2) { arguments, frame throws(Fault) in
            guard case .list(let list) = arguments[0] else { throw .noOverload("join()", arguments) }
            let separator = arguments.count == 2 ? try arguments[1].asText("join()") : Text("")
            var joined: [UInt8] = []
            for (index, element) in try list.elements(in: &frame).enumerated() {
                let part = try element.asText("join()")
                try frame.build(bytes: part.utf8.count + separator.utf8.count)
                if index > 0 { joined += separator.utf8 }
                joined += part.utf8
            }
            return .string(Text(utf8: joined[...]))
        },
        Function("format", 2) { arguments, frame throws(Fault) in try Format.apply(arguments, in: &frame) },
    ]

    static let quote = Function("strings.quote", 1) { arguments, frame throws(Fault) in
        let escapes: [Unicode.Scalar: String] = [
            "\u{07}": "\\a", "\u{08}": "\\b", "\u{0C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u{0B}": "\\v",
            "\\": "\\\\", "\"": "\\\"",
        ]
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in try arguments[0].scalars("strings.quote()", in: &frame) {
            if let escape = escapes[scalar] { quoted += escape.unicodeScalars } else { quoted.append(scalar) }
        }
        return .string(String(quoted) + "\"")
    }

    // MARK: Searching and cutting

    private static func searched(
        _ operation: String, _ arguments: [Value], _ frame: inout Frame
    ) throws(Fault) -> (text: [Unicode.Scalar], part: [Unicode.Scalar]) {
        let text = try arguments[0].scalars(operation, in: &frame)
        let part = try arguments[1].scalars(operation, in: &frame)
        // At worst every place of the text is compared with all of the part.
        try frame.charge(text.count * min(part.count, 1_000) / 64)
        return (text, part)
    }

    private static func firstIndex(of part: [Unicode.Scalar], in text: [Unicode.Scalar], from start: Int) -> Int? {
        guard part.count <= text.count - start else { return nil }
        return (start...text.count - part.count).first { text[$0...].starts(with: part) }
    }

    private static func lastIndex(of part: [Unicode.Scalar], in text: [Unicode.Scalar], from start: Int) -> Int? {
        guard part.count <= text.count else { return nil }
        return (0...min(start, text.count - part.count)).last { text[$0...].starts(with: part) }
    }

    private static func mapped(
        _ operation: String, _ arguments: [Value], _ frame: inout Frame, _ map: (UInt8) -> UInt8
    ) throws(Fault) -> Value {
        let text = try arguments[0].asText(operation)
        try frame.build(bytes: text.utf8.count)
        return .string(Text(utf8: text.utf8.map(map)[...]))
    }

    private static func replaced(
        _ text: Text, _ old: Text, with new: Text, limit: Int, _ frame: inout Frame
    ) throws(Fault) -> Text {
        var result: [UInt8] = []
        var (position, count) = (text.utf8.startIndex, 0)
        try frame.build(bytes: text.utf8.count)
        while limit < 0 || count < limit, let found = nextPlace(of: old, in: text, from: position, isFirst: count == 0)
        {
            try frame.build(bytes: new.utf8.count)
            result += text.utf8[position..<found]
            result += new.utf8
            position = found + old.utf8.count
            count += 1
        }
        return Text(utf8: (result + text.utf8[position...])[...])
    }

    /// The empty text is found before each character and at the end.
    private static func nextPlace(of old: Text, in text: Text, from position: Int, isFirst: Bool) -> Int? {
        guard old.utf8.isEmpty else { return text.firstOffset(of: old, from: position) }
        if isFirst { return position }
        guard position < text.utf8.endIndex else { return nil }
        return text.utf8[(position + 1)...].firstIndex { $0 & 0xC0 != 0x80 } ?? text.utf8.endIndex
    }

    private static func split(
        _ text: Text, at separator: Text, limit: Int, _ frame: inout Frame
    ) throws(Fault) -> [Value] {
        if limit == 0 { return [] }
        try frame.read(bytes: text.utf8.count)
        var parts: [Value] = []
        var position = text.utf8.startIndex
        while limit < 0 || parts.count < limit - 1 {
            let from = separator.utf8.isEmpty ? min(position + 1, text.utf8.endIndex) : position
            guard let found = cut(text, at: separator, from: from) else { break }
            try frame.build(values: 1)
            parts.append(.string(Text(utf8: text.utf8[position..<found])))
            position = found + separator.utf8.count
        }
        parts.append(.string(Text(utf8: text.utf8[position...])))
        return parts
    }

    private static func cut(_ text: Text, at separator: Text, from: Int) -> Int? {
        guard separator.utf8.isEmpty else { return text.firstOffset(of: separator, from: from) }
        return text.utf8[from...].firstIndex { $0 & 0xC0 != 0x80 }
    }
}

extension Value {
    func scalars(_ operation: String, in frame: inout Frame) throws(Fault) -> [Unicode.Scalar] {
        let text = try asText(operation)
        try frame.build(bytes: 4 * text.utf8.count)
        return Array(text.string.unicodeScalars)
    }

    func asCount(_ operation: String) throws(Fault) -> Int {
        guard case .int(let int) = self else { throw .noOverload(operation, self) }
        return Int(int)
    }

    fileprivate func asIndex(_ operation: String, upTo end: Int) throws(Fault) -> Int {
        let index = try asCount(operation)
        guard (0...end).contains(index) else { throw Fault("\(operation) with an index out of range: \(index)") }
        return index
    }
}
