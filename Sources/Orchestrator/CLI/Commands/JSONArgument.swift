import ArgumentParser
import Foundation
import JSON

/// JSON as it is given on the command line: the text itself, `@file`, or `-` for standard input.
struct JSONArgument: ExpressibleByArgument, Sendable {
    let source: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        source = argument
    }

    /// Reads and checks it.
    /// - Parameter option: what to call it in messages.
    func read(_ option: String) throws -> JSON {
        do {
            return try JSON(parsing: try bytes(option))
        } catch let error as JSONError {
            throw CommandFailure(.usage, "\(option): \(error)", advice: advice)
        }
    }

    /// Reads it and insists on an object.
    func object(_ option: String) throws -> JSON {
        let json = try read(option)
        guard json.kind == .object else {
            throw CommandFailure(
                .usage, "\(option): an object is expected, such as '{\"plan\":\"pro\"}', not a \(json.kind.rawValue)")
        }
        return json
    }

    private func bytes(_ option: String) throws -> [UInt8] {
        if source == "-" { return try Self.read(FileHandle.standardInput, option) }
        guard source.hasPrefix("@") else { return Array(source.utf8) }
        let path = String(source.dropFirst())
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure(.usage, "\(option): the file '\(path)' can't be read")
        }
        return try Self.read(file, option)
    }

    private static func read(_ file: FileHandle, _ option: String) throws -> [UInt8] {
        do {
            return Array(try file.readToEnd() ?? Data())
        } catch {
            throw CommandFailure(.usage, "\(option): \(error.localizedDescription)")
        }
    }

    private var advice: String? {
        if source == "-" || source.hasPrefix("@") { return nil }
        return "on a command line, put JSON in single quotes: '{\"plan\":\"pro\"}'; @file and - read it from elsewhere"
    }
}
