import Foundation
import JSON

/// The files in `deploy/`, as the programs that they are for read them.
enum DeployFiles {
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
    }

    static let container = "deploy/container/Containerfile"
    static let compose = "deploy/container/compose.yaml"
    static let balancer = "deploy/container/haproxy.cfg"
    static let kubernetes = "deploy/kubernetes/orchestrator.yaml"
    static let unit = "deploy/systemd/orchestrator.service"
    static let all = [container, compose, balancer, kubernetes, unit]

    /// Debian's, which brings a reader of YAML.
    static let python = "/usr/bin/python3"
    static let readsYAML = (try? Command.run([python, "-c", "import yaml"])) != nil

    /// The documents of a YAML file.
    static func documents(_ path: String) throws -> [JSON] {
        let script = "import yaml, json, sys; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))"
        let file = repository.appendingPathComponent(path).path
        return Array(try JSON(parsing: Array(try Command.run([python, "-c", script, file]).utf8)).elements)
    }

    /// The words of an instruction in the container file's JSON form.
    static func instruction(_ name: String) throws -> [String] {
        let line = try text(container).split(separator: "\n").last { $0.hasPrefix(name + " [") } ?? ""
        return try JSON(parsing: Array(line.dropFirst(name.count + 1).utf8)).elements.compactMap(\.string)
    }

    /// The values of a setting in the systemd unit.
    static func setting(_ name: String) throws -> [String] {
        try text(unit).split(separator: "\n").filter { $0.hasPrefix(name + "=") }.map {
            String($0.dropFirst(name.count + 1))
        }
    }
}

/// A program that is run to its end.
enum Command {
    struct Failure: Error {
        let status: Int32
        let output: String
    }

    /// What it prints.
    /// - Throws: ``Failure`` where it does not end with 0.
    @discardableResult
    static func run(_ words: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus, output: output) }
        return output
    }
}
