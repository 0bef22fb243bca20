import Foundation
import JSON
import Wire

extension ReportedError {
    /// An error of the app as it is reported: its type, its text, and what led to it.
    package init(describing error: any Error) {
        switch error {
        case let error as StepError: self = error.reported
        case let error as NonRetriableError:
            self.init(
                name: "NonRetriableError", message: error.message,
                cause: error.cause.map { ReportedError(describing: $0).json })
        default: self.init(name: typeName(of: error), message: explanation(of: error))
        }
    }
}

/// The type's name without its module.
private func typeName(of error: any Error) -> String {
    let type = type(of: error)
    // On Linux, errors of Objective-C descent are boxed: their domain says more than the box.
    if let error = error as? CocoaError { return "CocoaError.\(error.code.rawValue)" }
    return String(describing: type)
}

/// What an error says of itself, for people.
func explanation(of error: any Error) -> String {
    switch error {
    case let error as DecodingError: explanation(of: error)
    case let error as EncodingError: explanation(of: error)
    // `localizedDescription` of an error that brings none is a number, so it is asked only where there is one.
    case let error as any LocalizedError: error.errorDescription ?? String(describing: error)
    default: String(describing: error)
    }
}

private func explanation(of error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context): "\(path(context.codingPath + [key])): missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
        "\(path(context.codingPath)): \(context.debugDescription)"
    @unknown default: String(describing: error)
    }
}

private func explanation(of error: EncodingError) -> String {
    switch error {
    case .invalidValue(_, let context): "\(path(context.codingPath)): \(context.debugDescription)"
    @unknown default: String(describing: error)
    }
}

private func path(_ keys: [any CodingKey]) -> String {
    var text = ""
    for key in keys {
        if let index = key.intValue {
            text += "[\(index)]"
        } else {
            text += (text.isEmpty ? "" : ".") + key.stringValue
        }
    }
    return text.isEmpty ? "the value itself" : text
}
