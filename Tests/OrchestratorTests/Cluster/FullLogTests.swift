import AppSDK
import AppSDKHummingbird
import Foundation
import JSON
import PostgresRig
import Testing

/// PostgreSQL panics when it can't write its log any more. A real one, whose log is on a disk that fills up.
@Suite("PostgreSQL without room for its log", .timeLimit(.minutes(10)))
struct FullLogTests {
    @Test(
        "Events are refused, nothing that was acknowledged is lost, and with room again all goes on by itself",
        .enabled(if: SmallDisk.canBeMade, "only root may mount a small disk"))
    func fills() async throws {
        let server = try PostgresServer(logMegabytes: 24)
        let disk = server.logDisk
        defer { disk.remove() }
        try await RealNode.with(["node"]) { nodes in
            let node = nodes[0]
            try await node.start(on: server.uri())
            let app = try App("full", configuration: node.configuration) {
                Function("weigh", on: .event(named: "full/weigh")) { context in
                    let first = try await context.step.run("first") { 1 }
                    return try await context.step.run("second") { first + 1 }
                }
            }
            try await serving(RealNode.router(app)) { url in
                try await node.api.register(url + "/api/inngest")
                var acknowledged: [String] = []
                try disk.fill()
                while true {
                    let answer = try await node.post("full/weigh", load: 50_000)
                    guard answer.status == 200, let id = answer.json["ids"]?[0]?.string else {
                        #expect(answer.status == 503)
                        break
                    }
                    acknowledged.append(id)
                }
                // It starts anew by itself, and fails again while there is no room.
                #expect(try server.log.contains("No space left on device"))
                #expect(!acknowledged.isEmpty)
                try disk.empty()
                if !server.isRunning { try server.start() }
                try await node.inService()
                for event in acknowledged {
                    #expect(try await node.completedRun(of: event)["output"] == 2)
                    #expect(try await node.api.runs(of: event).count == 1)
                }
                let after = try await node.send("full/weigh")
                #expect(try await node.completedRun(of: after)["output"] == 2)
            }
            // It is the same process, all the time.
            #expect(node.child.pid != nil)
        }
    }
}
