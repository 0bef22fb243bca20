import Foundation
import Hummingbird

/// What the sign-up page asks.
struct SignUpForm: Decodable, Sendable {
    let name: String
    let email: String

    static let longestName = 80

    /// The name in one line, and the address.
    ///
    /// - Throws: ``FormProblem``.
    func validated() throws(FormProblem) -> (name: String, email: EmailAddress) {
        let name = try text(name, named: "name", longest: Self.longestName)
        guard let address = EmailAddress(email.trimmingCharacters(in: .whitespaces)) else {
            throw FormProblem("That is no email address. One looks like coyote@acme.example.")
        }
        return (name, address)
    }
}

/// What a user wants to be reminded of, and when.
struct ReminderForm: Decodable, Sendable {
    let note: String
    let minutes: Int

    static let longestNote = 500
    static let minutesAllowed = 1...10_080

    /// - Throws: ``FormProblem``.
    func validated() throws(FormProblem) -> (note: String, delay: TimeInterval) {
        guard Self.minutesAllowed.contains(minutes) else {
            throw FormProblem("A reminder comes after 1 to 10080 minutes (a week), not after \(minutes).")
        }
        return (try text(note, named: "note", longest: Self.longestNote), TimeInterval(minutes * 60))
    }
}

/// How often the CRM is to fail.
struct CRMForm: Decodable, Sendable {
    let failures: Int

    static let failuresAllowed = 0...4

    /// - Throws: ``FormProblem``.
    func validated() throws(FormProblem) -> Int {
        guard Self.failuresAllowed.contains(failures) else {
            throw FormProblem("The CRM fails 0 to 4 times, not \(failures).")
        }
        return failures
    }
}

/// What is wrong with a form, for the person who filled it in.
struct FormProblem: Error, Hashable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// A text of one line that isn't empty.
private func text(_ text: String, named name: String, longest: Int) throws(FormProblem) -> String {
    let words = text.split { $0.isWhitespace || $0.isNewline || $0.unicodeScalars.allSatisfy { $0.value < 32 } }
    let line = words.joined(separator: " ")
    guard (1...longest).contains(line.count), line.utf8.count <= longest * 4 else {
        throw FormProblem("The \(name) has \(line.count) characters; 1 to \(longest) are expected.")
    }
    return line
}

extension Request {
    /// The fields of a form.
    ///
    /// - Throws: ``FormProblem`` when a field is missing, or the form is too large.
    func form<Form: Decodable>(_ type: Form.Type) async throws -> Form {
        guard let body = try? await body.collect(upTo: 16 << 10) else {
            throw FormProblem("The form is larger than 16 KiB.")
        }
        do {
            return try URLEncodedFormDecoder().decode(type, from: String(buffer: body))
        } catch {
            throw FormProblem("The form is incomplete, or a field holds what it can't. Go back and fill it in again.")
        }
    }
}
