/// A function to invoke that is not at hand as a value: of another app, in any language, or by its id.
///
/// ```swift
/// let resize = FunctionReference<Picture, Thumbnail>(app: "media", function: "resize")
/// let thumbnail = try await step.invoke("resize", function: resize, data: picture)
/// ```
public struct FunctionReference<Input: Codable & Sendable, Output: Sendable>: Hashable, Sendable {
    /// The app's id; nil for the app that invokes.
    public let app: String?
    /// The function's id in its app.
    public let function: String

    /// - Parameters:
    ///   - app: the app's id; nil for the app that invokes.
    ///   - function: the function's id in its app.
    public init(app: String? = nil, function: String) {
        self.app = app
        self.function = function
    }
}
