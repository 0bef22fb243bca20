import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// Figures in the text format of Prometheus.
struct PrometheusRoutes {
    let host: EngineHost
    let reads: any Reads

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/metrics") { _, _ in try await metrics() }
        // There is one environment.
        group.get("/v1/prom/:env") { _, _ in try await metrics() }
    }

    private func metrics() async throws -> Response {
        let slugs = Dictionary(try await reads.functions().map { ($0.id, $0.slug) }) { first, _ in first }
        let depth = try await reads.queueDepth(at: host.now)
        let text = Self.text(host.counters, depth: depth) { slugs[$0] ?? $0.description }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    static func text(_ counters: Counters, depth: Int, slug: (NameUUID) -> String) -> String {
        let (tally, calls, fetches) = counters.read
        var text = ""
        func family(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: Int)]) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for sample in samples.sorted(by: { $0.labels < $1.labels }) {
                text += "\(name)\(sample.labels) \(sample.value)\n"
            }
        }
        func counted(_ kinds: [HistoryEntry.Kind: String]) -> [(labels: String, value: Int)] {
            tally.counts.compactMap { key, count in
                guard let status = kinds[key.kind] else { return nil }
                let function = "fn=\"\(Self.escaped(slug(key.function)))\""
                return ("{\(function)\(status.isEmpty ? "" : ",status=\"\(status)\"")}", count)
            }
        }
        family(
            "inngest_queue_depth", "gauge",
            "Calls to apps that are due and not being made, up to \(Limits.countedQueue)",
            [("", depth)])
        family(
            "inngest_function_run_scheduled_total", "counter", "Runs that were queued",
            counted([.runQueued: ""]))
        family(
            "inngest_function_run_started_total", "counter", "Runs that began", counted([.runStarted: ""]))
        family(
            "inngest_function_run_ended_total", "counter", "Runs that ended, by status",
            counted([.runCompleted: "Completed", .runFailed: "Failed", .runCancelled: "Cancelled"]))
        family(
            "inngest_steps_ended_total", "counter", "Steps that ended, by status",
            counted([.stepCompleted: "Completed", .stepFailed: "Failed"]))
        family("inngest_sdk_req_started_total", "counter", "Calls to apps that were made", [("", calls)])
        family("inngest_sdk_req_ended_total", "counter", "Calls to apps that ended", counted([.call: ""]))
        family("inngest_step_requests_started_total", "counter", "HTTP requests made for steps", [("", fetches)])
        return text
    }

    private static func escaped(_ label: String) -> String {
        label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
