import AppSDK
import Foundation
import JSON

/// Encrypts what leaves the app, and decrypts it when it comes back: the orchestrator stores and shows what it can't
/// read.
///
/// ```swift
/// var configuration = Configuration()
/// configuration.middleware = [EncryptionMiddleware(key: secret, oldKeys: [lastYearsSecret])]
/// ```
///
/// Encrypted are results of steps, input that steps show, and results of functions, each as a whole; of events (sent,
/// invoked with, or deferred with) the field ``eventField`` alone, so that expressions can use the others. What is not
/// encrypted is read as it is, so the middleware can be added to an app with runs in flight.
///
/// Ids, names, times and errors stay readable, and so do the requests and answers of `step.fetch` and `step.ai.infer`.
///
/// The format is the one of the official encryption middleware for other languages (libsodium's secretbox:
/// XSalsa20-Poly1305), so apps in several languages can share a key.
public struct EncryptionMiddleware: Middleware {
    /// What is done to values on their way out.
    public enum Mode: Hashable, Sendable {
        /// They are encrypted.
        case encrypt
        /// They are left as they are: to bring in a new key everywhere, before any app encrypts with it, and to give
        /// encryption up.
        case decryptOnly
    }

    /// The field of an event's data that is encrypted.
    public let eventField: String
    private let mode: Mode
    private let boxes: [SecretBox]
    private let hasEmptyKey: Bool

    /// - Parameters:
    ///   - key: the secret, of any length; what it is worth is the randomness in it. `openssl rand -hex 32` makes one.
    ///   - oldKeys: secrets that are still used for reading.
    ///   - mode: whether values are encrypted on their way out.
    ///   - eventField: the field of an event's data that is encrypted.
    public init(key: String, oldKeys: [String] = [], mode: Mode = .encrypt, eventField: String = "encrypted") {
        self.eventField = eventField
        self.mode = mode
        boxes = ([key] + oldKeys).map(SecretBox.init)
        hasEmptyKey = ([key] + oldKeys).contains("")
    }

    /// Refuses an empty key.
    public func register(with place: MiddlewarePlace) throws {
        guard !hasEmptyKey else {
            throw EncryptionError("an encryption key is empty; `openssl rand -hex 32` makes one")
        }
        guard SecretBox.isReady else { throw EncryptionError("libsodium can't be used: it finds no randomness") }
    }

    /// Encrypts the value, or the field of an event.
    public func encode(_ value: JSONValue, as payload: Payload) async throws -> JSONValue {
        guard mode == .encrypt else { return value }
        guard case .event = payload else { return seal(value) }
        guard case .object(var data) = value, let secret = data[eventField], secret != .null else { return value }
        data[eventField] = seal(secret)
        return .object(data)
    }

    /// Decrypts the value, or each encrypted field of an event.
    public func decode(_ value: JSONValue, as payload: Payload) async throws -> JSONValue {
        guard case .event = payload, case .object(let data) = value else { return try open(value) }
        guard Envelope(value) == nil else { return try openWhole(data, value) }
        return .object(try data.mapValues(open))
    }

    // MARK: Envelopes

    private func seal(_ value: JSONValue) -> JSONValue {
        if Envelope(value) != nil { return value }
        return Envelope.wrap(boxes[0].seal(Array(JSON(value).bytes)))
    }

    private func open(_ value: JSONValue) throws -> JSONValue {
        guard let envelope = Envelope(value) else { return value }
        for box in boxes {
            guard let text = box.open(envelope.sealed) else { continue }
            do {
                return JSONValue(try JSON(parsing: text))
            } catch {
                throw EncryptionError("an encrypted value is decrypted, and is \(error)")
            }
        }
        throw EncryptionError(
            "an encrypted value can't be decrypted: none of the \(boxes.count) keys fits, or it was changed. If the key "
                + "was replaced, give the one before as one of oldKeys")
    }

    /// Data of an event that some SDK encrypted as a whole; beside it stands what the orchestrator added.
    private func openWhole(_ data: [String: JSONValue], _ value: JSONValue) throws -> JSONValue {
        guard case .object(let secret) = try open(value) else {
            throw EncryptionError("the encrypted data of an event is no object")
        }
        return .object(data.filter { !Envelope.fields.contains($0.key) }.merging(secret) { $1 })
    }
}

/// `{"__ENCRYPTED__":true,"__STRATEGY__":"inngest/libsodium","data":"<base64>"}`
private struct Envelope {
    static let fields: Set<String> = ["__ENCRYPTED__", "__STRATEGY__", "data"]
    private static let strategy = "inngest/libsodium"

    let sealed: [UInt8]

    /// Nil for a value that is none.
    init?(_ value: JSONValue) {
        guard value["__ENCRYPTED__"] == true, value["__STRATEGY__"]?.string == Self.strategy,
            let text = value["data"]?.string, let data = Data(base64Encoded: text)
        else { return nil }
        sealed = Array(data)
    }

    static func wrap(_ sealed: [UInt8]) -> JSONValue {
        [
            "__ENCRYPTED__": true, "__STRATEGY__": .string(strategy),
            "data": .string(Data(sealed).base64EncodedString()),
        ]
    }
}

/// A value can't be encrypted or decrypted.
public struct EncryptionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
