import ArgumentParser
import JSON
import NIOCore
import NIOHTTP1
import Wire

/// `orchestrator clock`
struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "See and move the time of `orchestrator dev`.",
        discussion: """
            Sleeps, timeouts, retries and schedules follow this clock: what falls due on the way happens, in order,
            before the command returns.

            EXAMPLES
              orchestrator clock advance 3d      three days pass
              orchestrator clock next            go on to the next thing that is due
              orchestrator clock to 2027-01-01T00:00:00Z
              orchestrator clock pause           time stands still until `clock run`

            While the clock waits for apps that take their time, `clock run` and `clock pause` give the move up.
            """,
        subcommands: [Show.self, Advance.self, To.self, Next.self, Pause.self, Resume.self],
        defaultSubcommand: Show.self)

    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Show the time.")
        @OptionGroup var client: ClientOptions

        func run(in session: ClientSession) async throws { try await session.clock(.GET, nil) }
    }

    struct Advance: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "advance", abstract: "Let time pass.")
        @Argument(help: "How much: 3d, 1h30m, 500ms.")
        var duration: DurationArgument
        @OptionGroup var client: ClientOptions

        func run(in session: ClientSession) async throws {
            try await session.clock(.POST, ["advance": .string(TimeString.format(duration.duration))])
        }
    }

    struct To: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "to", abstract: "Let time pass until then.")
        @Argument(help: "When: 2026-11-23T12:00:00Z, or +3d from the orchestrator's present.")
        var time: TimeArgument
        @OptionGroup var client: ClientOptions

        func run(in session: ClientSession) async throws {
            let now: Timestamp = time.isRelative ? try await session.api.now() : .wallClock
            try await session.clock(.POST, ["advance_to": .string(time.resolved(now: now).description)])
        }
    }

    struct Next: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "next", abstract: "Let time pass until something is due.")
        @OptionGroup var client: ClientOptions

        func run(in session: ClientSession) async throws { try await session.clock(.POST, ["to_next_timer": true]) }
    }

    struct Pause: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "pause", abstract: "Let time stand still.")
        @OptionGroup var client: ClientOptions

        func run(in session: ClientSession) async throws { try await session.clock(.POST, ["pause": true]) }
    }

    struct Resume: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "run", abstract: "Let time run again.")
        @OptionGroup var client: ClientOptions

        func run(in session: ClientSession) async throws { try await session.clock(.POST, ["run": true]) }
    }
}

extension ClientSession {
    fileprivate func clock(_ method: HTTPMethod, _ body: JSON?) async throws {
        do {
            // Everything that falls due on the way is done before the answer: that can take a while.
            let answer = try await api.send(method, "/v1/clock", body: body, timeout: .minutes(30))
            show(answer.data) { ClockText.lines(answer.data, paint: $0.paint) }
        } catch let failure as CommandFailure where failure.status == .notFound {
            throw failure.advising(
                "only `orchestrator dev` has a clock that can be moved; `start` follows the wall clock")
        }
    }
}

/// The clock for people.
enum ClockText {
    static func lines(_ clock: JSON, paint: Paint) -> [String] {
        guard let now = clock.time("now") else { return JSONText.lines(clock) }
        let state = clock["paused"]?.bool == true ? "  paused" : ""
        var fields = [("now", TimeText.absolute(now) + state)]
        let offset = Int64(clock["offset_ms"]?.int ?? 0)
        if offset != 0 {
            let distance = DurationText.short(milliseconds: Int64(clamping: offset.magnitude))
            let side = offset > 0 ? "this clock is \(distance) ahead" : "this clock is \(distance) behind"
            fields.append(("wall", "\(clock["wall"]?.string ?? "")  \(side)"))
        }
        fields.append(("next", clock.time("next_timer").map { TimeText.full($0, now: now) } ?? "nothing is due"))
        if let moving = clock["moving"], !moving.isNull {
            let runs = moving["waits_for"]?.elements.compactMap(\.string) ?? []
            let target = moving.time("to").map(TimeText.absolute) ?? "what is due next"
            let calls = runs.isEmpty ? "" : ", waits for the calls of \(runs.joined(separator: ", "))"
            fields.append(("moves", "to \(target)\(calls)"))
        }
        if let fired = clock["fired"]?.int { fields.append(("fired", "\(fired)")) }
        return fields.map { paint(TerminalText.fitted($0, to: 6), .quiet) + TerminalText.safe($1) }
    }
}
