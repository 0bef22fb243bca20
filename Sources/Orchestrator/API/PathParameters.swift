import Foundation
import Hummingbird

extension RequestContext {
    /// A part of the path, with its percent escapes undone.
    /// - Throws: ``APIError`` 400 where it is no text.
    func path(_ name: String) throws -> String {
        let text = try parameters.require(name)
        guard let decoded = text.removingPercentEncoding else {
            throw APIError(.badRequest, "'\(text.prefix(200))' in the path is no UTF-8 text")
        }
        return decoded
    }
}
