import Foundation
import JSON
import Testing

@testable import Orchestrator

/// What the files in `deploy/` say of the binary is true of it. Containers are not run here.
@Suite("The files to deploy it with")
struct DeployFileTests {
    /// What the command line makes of arguments; the secrets come from the environment.
    private func start(_ arguments: [String]) throws -> Start {
        let secrets = ["--signing-key", RunningOrchestrator.signingKeyText, "--event-key", "key"]
        return try #require(try OrchestratorCommand.parseAsRoot(arguments + secrets) as? Start)
    }

    /// Requests may go on for so long besides the grace period, when it is asked to end.
    private static let patience = 5

    @Test("Every variable that they name is one that `start` reads")
    func variables() throws {
        let help = OrchestratorCommand.helpMessage(for: Start.self, includeHidden: true, columns: 500)
        for path in DeployFiles.all {
            for match in try DeployFiles.text(path).matches(of: /\b(INNGEST|ORCHESTRATOR)_[A-Z_]+/) {
                #expect(help.contains(match.output.0), "\(path): \(match.output.0)")
            }
        }
    }

    @Test(
        "The pods are started with options that exist, probed at paths that answer, and have the time to drain",
        .enabled(if: DeployFiles.readsYAML, "python3-yaml is not installed: scripts/setup"))
    func kubernetes() async throws {
        let documents = try DeployFiles.documents(DeployFiles.kubernetes)
        #expect(documents.compactMap { $0["kind"]?.string } == ["Deployment", "Service", "PodDisruptionBudget"])
        let pod = try #require(documents[0]["spec"]?["template"]?["spec"])
        let container = try #require(pod["containers"]?[0])
        let start = try start(container["args"]?.elements.compactMap(\.string) ?? [])
        #expect(start.host == "0.0.0.0")
        // The port is nowhere given: it is the default.
        #expect(container["ports"]?[0]?["containerPort"]?.int == start.server.port)
        #expect(documents[1]["spec"]?["ports"]?[0]?["port"]?.int == start.server.port)
        let pause = Int(container["lifecycle"]?["preStop"]?["exec"]?["command"]?[1]?.string ?? "") ?? 0
        let patience = try #require(pod["terminationGracePeriodSeconds"]?.int)
        #expect(patience > pause + start.gracePeriod + Self.patience)
        // A selector that does not fit selects nothing.
        let labels = documents[0]["spec"]?["template"]?["metadata"]?["labels"]
        #expect(documents[0]["spec"]?["selector"]?["matchLabels"] == labels)
        #expect(documents[1]["spec"]?["selector"] == labels)
        #expect(documents[2]["spec"]?["selector"]?["matchLabels"] == labels)
        try await RunningOrchestrator.with { orchestrator in
            for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
                let request = try #require(container[probe]?["httpGet"])
                #expect(request["port"]?.int == start.server.port)
                #expect(try await orchestrator.send("GET", request["path"]?.string ?? "/nowhere").status == 200)
            }
        }
    }

    @Test(
        "The containers are started with options that exist, and composed with the time to drain",
        .enabled(if: DeployFiles.readsYAML, "python3-yaml is not installed: scripts/setup"))
    func compose() async throws {
        #expect(try DeployFiles.instruction("ENTRYPOINT") == ["orchestrator"])
        let start = try start(DeployFiles.instruction("CMD"))
        #expect(start.host == "0.0.0.0")
        #expect(try DeployFiles.text(DeployFiles.container).contains("\nEXPOSE \(start.server.port)\n"))
        let services = try #require(try DeployFiles.documents(DeployFiles.compose)[0]["services"])
        #expect(services["orchestrator"]?["build"]?["dockerfile"]?.string == DeployFiles.container)
        let patience = Int(services["orchestrator"]?["stop_grace_period"]?.string?.dropLast() ?? "") ?? 0
        #expect(patience > start.gracePeriod + Self.patience)
        let balancer = try DeployFiles.text(DeployFiles.balancer)
        #expect(balancer.contains("orchestrator:\(start.server.port) check"))
        let path = try #require(balancer.firstMatch(of: /httpchk GET (\S+)/)?.output.1)
        let status = try await RunningOrchestrator.with { try await $0.send("GET", String(path)).status }
        #expect(status == 200)
    }

    @Test(
        "The balancer's file is one that it takes",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/sbin/haproxy"), "haproxy is not installed"))
    func balancer() throws {
        try Command.run([
            "/usr/sbin/haproxy", "-c", "-f",
            DeployFiles.repository.appendingPathComponent(DeployFiles.balancer).path,
        ])
    }

    @Test("The container is built with the packages that the binary's libraries need, of those that are tried here")
    func packages() throws {
        let installed = try DeployFiles.text(DeployFiles.container).matches(of: /install -y [^\n\\&]*/)
            .map { $0.output.split(separator: " ").dropFirst(2).filter { !$0.hasPrefix("-") }.map(String.init) }
        #expect(installed.count == 2)
        let build = Set(installed.first ?? [])
        let setup = try DeployFiles.text("scripts/setup").firstMatch(of: /packages=\(([^"]*)"/)?.output.1
        #expect(build.isSubset(of: (setup?.split(whereSeparator: \.isWhitespace) ?? []).map(String.init)))
        // What Package.swift says of the libraries that the orchestrator links.
        let package = try DeployFiles.text("Package.swift")
        for library in ["CSQLite", "CLibPQ"] {
            let declaration = try #require(package.firstRange(of: "name: \"\(library)\", pkgConfig"))
            let needed = package[declaration.lowerBound...].firstMatch(of: /\.apt\(\["(.*?)"\]\)/)?.output.1
            #expect(build.contains(String(try #require(needed))))
        }
        #expect(Set(installed.last ?? []).isSuperset(of: ["libsqlite3-0", "libpq5", "ca-certificates", "tzdata"]))
    }

    @Test("The unit starts it with options that exist, gives it the time to drain, and does not start what can't run")
    func unit() throws {
        let words = try #require(try DeployFiles.setting("ExecStart").first).split(separator: " ").map(String.init)
        #expect(words.first == "/usr/local/bin/orchestrator")
        let start = try start(Array(words.dropFirst()))
        let patience = try #require(try DeployFiles.setting("TimeoutStopSec").first.flatMap { Int($0) })
        #expect(patience > start.gracePeriod + Self.patience)
        let unfit = ExitStatus.unfit.rawValue
        #expect(try DeployFiles.setting("RestartPreventExitStatus") == ["\(unfit)"])
        // The folder that systemd makes is where the state is.
        let folder = try #require(try DeployFiles.setting("StateDirectory").first)
        #expect(start.sqlite.hasPrefix("/var/lib/\(folder)/"))
    }

    private static let verifier = "/usr/bin/systemd-analyze"

    @Test(
        "The unit is one that systemd takes, without a warning",
        .enabled(if: FileManager.default.isExecutableFile(atPath: verifier), "systemd is not installed: scripts/setup"))
    func systemd() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("unit-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("orchestrator.service")
        func verify(_ text: String) throws -> String {
            try text.write(to: file, atomically: false, encoding: .utf8)
            return try Command.run([Self.verifier, "verify", "--man=no", file.path])
        }
        // Its binary has to be there.
        let text = try DeployFiles.text(DeployFiles.unit)
            .replacing("/usr/local/bin/orchestrator", with: RunningOrchestrator.built("orchestrator").path)
        #expect(try verify(text) == "")
        // And it would say something.
        #expect(try verify(text.replacing("TimeoutStopSec", with: "TimeoutStopSecs")).contains("TimeoutStopSecs"))
    }
}
