import JSON

extension Function {
    /// What the dialect adds to CEL.
    static let dialect = [
        Function("lowercase", 1) { arguments, frame throws(Fault) in
            let text = try arguments[0].asText("lowercase()")
            try frame.build(bytes: text.utf8.count)
            return .string(text.string.lowercased())
        },
        Function("uppercase", 1) { arguments, frame throws(Fault) in
            let text = try arguments[0].asText("uppercase()")
            try frame.build(bytes: text.utf8.count)
            return .string(text.string.uppercased())
        },
        Function("b64decode", 1) { arguments, frame throws(Fault) in
            let text = try arguments[0].asText("b64decode()")
            try frame.build(bytes: text.utf8.count)
            guard let bytes = Base64.decode(text) else { throw Fault("b64decode() of what is no base64") }
            guard let decoded = String(validating: bytes, as: UTF8.self) else {
                throw Fault("b64decode() of bytes that are no UTF-8 text")
            }
            return .string(decoded)
        },
        Function("json_parse", 1) { arguments, frame throws(Fault) in
            let text = try arguments[0].asText("json_parse()")
            try frame.build(bytes: 2 * text.utf8.count)
            guard let json = try? JSON(parsing: text.utf8), json.kind == .object else {
                return .map(.json(.emptyObject))
            }
            return .map(.json(json))
        },
        Function("date", 1) { arguments, _ throws(Fault) in .timestamp(try DateText.instant(arguments[0])) },
        Function("now", 0) { _, frame throws(Fault) in .timestamp(try Instant(milliseconds: frame.now)) },
        Function("now_plus", 1) { arguments, frame throws(Fault) in
            .timestamp(try Instant(milliseconds: frame.now).adding(arguments[0].asSpan("now_plus()")))
        },
        Function("now_minus", 1) { arguments, frame throws(Fault) in
            .timestamp(try Instant(milliseconds: frame.now).adding(arguments[0].asSpan("now_minus()").negated()))
        },
    ]
}

extension Value {
    func asText(_ operation: String) throws(Fault) -> Text {
        guard case .string(let text) = self else { throw .noOverload(operation, self) }
        return text
    }

    fileprivate func asSpan(_ operation: String) throws(Fault) -> Span {
        switch self {
        case .duration(let span): return span
        case .string(let text): return try TimeText.duration(text, allowsDays: true)
        default: throw .noOverload(operation, self)
        }
    }
}
