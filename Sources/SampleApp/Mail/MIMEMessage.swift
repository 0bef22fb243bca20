import Foundation

/// An email as SMTP carries it: headers, then text and HTML.
enum MIMEMessage {
    /// - Parameter date: the time of the email.
    static func encode(_ mail: OutgoingMail, date: Date) -> [UInt8] {
        let boundary = "acme-\(mail.key)"
        let lines = [
            "From: ACME <\(mail.sender)>",
            "To: <\(mail.recipient)>",
            "Subject: \(header(mail.subject))",
            "Date: \(date.formatted(dateStyle))",
            // The same for each attempt, so that readers show a repeated email once.
            "Message-ID: <\(mail.key)@\(mail.sender.description.split(separator: "@").last ?? "localhost")>",
            "MIME-Version: 1.0",
            "Content-Type: multipart/alternative;",
            " boundary=\"\(boundary)\"",
            "",
            "--\(boundary)",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
            body(mail.text),
            "--\(boundary)",
            "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
            body(mail.html),
            "--\(boundary)--",
            "",
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// RFC 2047: words of at most 75 characters, so whatever the text holds, it ends no header line.
    private static func header(_ text: String) -> String {
        var words = [""]
        for character in text.map({ $0.isNewline ? " " : $0 }) {
            if (words[words.count - 1] + String(character)).utf8.count > 42 { words.append("") }
            words[words.count - 1].append(character)
        }
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    private static func body(_ text: String) -> String {
        let options: Data.Base64EncodingOptions = [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ]
        return Data(text.utf8).base64EncodedString(options: options)
    }

    private static let dateStyle = Date.VerbatimFormatStyle(
        format: """
            \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .padded(4)) \
            \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
            \(second: .twoDigits) +0000
            """,
        locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
}
