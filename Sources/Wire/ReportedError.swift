import JSON

/// An error as apps report it and as functions get it back: `{name, message, stack?, cause?, data?, code?}`.
package struct ReportedError: Hashable, Sendable, Error, CustomStringConvertible {
    package var name: String
    package var message: String
    package var stack: String?
    package var cause: JSON?
    package var data: JSON?
    /// What programs go by: a code of the protocol, or of the SDK that reports it.
    package var code: String?

    package init(
        name: String, message: String, stack: String? = nil, cause: JSON? = nil, data: JSON? = nil, code: String? = nil
    ) {
        self.name = name
        self.message = message
        self.stack = stack
        self.cause = cause
        self.data = data
        self.code = code
    }

    /// Reads an error. Whatever an app sends, something to show comes of it.
    package init(_ json: JSON) {
        if let text = json.string {
            if let inner = try? JSON(parsing: text, limits: .intake), inner.kind == .object {
                self.init(inner)
            } else {
                self.init(name: "Error", message: text)
            }
            return
        }
        if json["name"] == nil, json["message"] == nil, let inner = json["error"] ?? json["body"] {
            self.init(inner)
            return
        }
        let message = json["message"]
        self.init(
            name: json["name"]?.string ?? "Error", message: message?.string ?? message?.text ?? json.text,
            stack: json["stack"]?.string, cause: json["cause"].flatMap { $0.isNull ? nil : Optional($0) },
            data: json["data"].flatMap { $0.isNull ? nil : Optional($0) },
            code: json["code"]?.string.flatMap { $0.isEmpty ? nil : $0 })
    }

    package var json: JSON {
        [
            "cause": cause, "code": code.map(JSON.string), "data": data, "message": .string(message),
            "name": .string(name),
            "stack": stack.map(JSON.string),
        ]
    }

    package var description: String { "\(name): \(message)" }
}
