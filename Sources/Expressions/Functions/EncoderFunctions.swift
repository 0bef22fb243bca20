extension Function {
    /// CEL's encoders extension, and `strings.quote`.
    static let encoders = [
        quote,
        Function("base64.encode", 1) { arguments, frame throws(Fault) in
            guard case .bytes(let bytes) = arguments[0] else { throw .noOverload("base64.encode()", arguments) }
            try frame.build(bytes: 2 * bytes.count)
            return .string(Base64.encode(bytes))
        },
        Function("base64.decode", 1) { arguments, frame throws(Fault) in
            let text = try arguments[0].asText("base64.decode()")
            try frame.build(bytes: text.utf8.count)
            guard let bytes = Base64.decode(text) else { throw Fault("base64.decode() of what is no base64") }
            return .bytes(bytes[...])
        },
    ]
}
