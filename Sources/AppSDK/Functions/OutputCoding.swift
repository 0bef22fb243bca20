import JSON

/// How a function's result becomes JSON and comes back. There is one for every `Codable` type, and one for `Void`.
public struct OutputCoding<Output: Sendable>: Sendable {
    let encode: @Sendable (Output) throws -> JSON
    let decode: @Sendable (JSON) throws -> Output
}

extension OutputCoding where Output: Codable {
    /// The result as JSON.
    public static var json: OutputCoding {
        OutputCoding(encode: { try JSON(encoding: $0) }, decode: { try $0.decode(Output.self) })
    }
}

extension OutputCoding where Output == Void {
    /// No result: JSON's `null`. Any JSON is read as it.
    public static var nothing: OutputCoding { OutputCoding(encode: { _ in .null }, decode: { _ in }) }
}

/// What a function returns that returns nothing, for where its type is spelled out.
public typealias NoOutput = Void
