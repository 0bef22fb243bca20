import Engine
import HTTPTypes
import Hummingbird
import JSON
import Wire

/// Everything that one origin serves.
struct OrchestratorAPI {
    let kind: ServerKind
    let host: EngineHost
    let reads: any Reads
    let nodes: any NodeList
    let directory: AppDirectory
    let credentials: Credentials
    var sessions = DashboardSessions(users: DashboardUsers())
    let feed: LiveFeed
    var files = DashboardFiles()
    var origin = RequestOrigin()

    func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        if kind == .dev { router.add(middleware: AllowLocalPages()) }
        let dashboard = DashboardRoutes(files: files)
        router.add(middleware: AnswerErrors(kind: kind))
        router.add(middleware: MistypedPages(dashboard: dashboard))
        if kind == .dev { router.add(middleware: RefuseStrangers()) }
        router.add(middleware: BoundBodies())
        router.get("/health") { _, _ in APIResponse.json(["message": "OK", "status": 200]) }
        let nodeRoutes = NodeRoutes(host: host, nodes: nodes)
        nodeRoutes.addReadiness(to: router)
        dashboard.add(to: router)
        SessionRoutes(kind: kind, sessions: sessions, origin: origin, clock: { host.clock }).add(to: router)
        let events = EventRoutes(host: host, credentials: credentials)
        events.add(to: router)
        let guarded = router.group().add(middleware: Authorize(credentials: credentials, sessions: sessions))
        events.add(to: guarded)
        let turns = SearchTurns()
        EventList(host: host, reads: reads, turns: turns).add(to: guarded)
        RunList(host: host, reads: reads, turns: turns).add(to: guarded)
        FailureRoutes(host: host, reads: reads).add(to: guarded)
        TimerRoutes(host: host, reads: reads).add(to: guarded)
        MetricRoutes(host: host, reads: reads).add(to: guarded)
        LiveRoutes(feed: feed, sessions: sessions).add(to: guarded)
        RegistrationRoutes(host: host, reads: reads, directory: directory, kind: kind).add(to: guarded)
        RunRoutes(host: host, reads: reads).add(to: guarded)
        SignalRoutes(host: host).add(to: guarded)
        CheckpointRoutes(host: host).add(to: guarded)
        let endpoints = EndpointRoutes(host: host, reads: reads, credentials: credentials)
        endpoints.add(to: guarded)
        endpoints.addOutput(to: router)
        PrometheusRoutes(host: host, reads: reads).add(to: guarded)
        V2Routes(host: host, reads: reads, directory: directory, credentials: credentials).add(to: guarded)
        WaitRoutes(host: host, reads: reads).add(to: guarded)
        nodeRoutes.add(to: guarded)
        StateRoutes(reads: reads).add(to: guarded)
        JobRoutes(host: host, reads: reads).add(to: guarded)
        PauseRoutes(host: host).add(to: guarded)
        AppRoutes(host: host, reads: reads, directory: directory).add(to: guarded)
        if kind == .dev {
            ClockRoutes(host: host, feed: feed).add(to: guarded)
            SkipRoutes(host: host).add(to: guarded)
            router.get("/dev") { _, _ in APIResponse.json(Self.devInformation) }
        }
        return router
    }

    /// What SDKs look at when they look for a dev server.
    private static let devInformation: JSON = [
        "authed": false, "features": .emptyObject, "functions": .emptyArray, "handlers": .emptyArray,
        "isMissingEventKeys": false, "isMissingSigningKey": false, "isSingleNodeService": true,
        "startOpts": ["autodiscover": true, "poll": true, "sdkURLs": .emptyArray, "urls": .emptyArray],
        "version": .string(OrchestratorVersion.text),
    ]
}

/// The version of this binary.
enum OrchestratorVersion {
    static let text = "0.1.0"
}
