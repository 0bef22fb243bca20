import ArgumentParser
import Engine
import Foundation
import JSON
import Wire

/// `orchestrator cron`
struct CronCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cron",
        abstract: "List when a schedule ticks; no running orchestrator is needed.",
        discussion: """
            Prints a tick a line, in UTC, and beside it by the clock of the schedule's own time zone.

            EXAMPLES
              orchestrator cron '0 9 * * mon-fri'
              orchestrator cron 'TZ=Europe/Paris 30 2 * * *' --from 2027-03-27T00:00:00Z --count 3
              orchestrator cron '*/15 * * * *' --until +2h --json

            The exit code is 64 for a schedule that is refused, and 1 where it has no tick in that time.
            """)

    @Argument(help: "The schedule: minute, hour, day of month, month, day of week; in UTC unless TZ=Zone comes first.")
    var schedule: String

    @Option(help: ArgumentHelp("Ticks after this time: RFC 3339, or a distance such as 2d or +3h.", valueName: "time"))
    var from: TimeArgument?

    @Option(help: ArgumentHelp("Ticks up to this time.", valueName: "time"))
    var until: TimeArgument?

    @Option(help: "How many at the most; without --until, 10.")
    var count: Int?

    @Flag(help: "A JSON array of times in UTC.")
    var json = false

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count: 1 or more is expected") }
    }

    func run() async throws { try execute(on: .standard(), now: .wallClock) }

    /// Runs the command; says on the terminal why it failed, and how in the exit code.
    func execute(on terminal: Terminal, now: Timestamp) throws {
        let cron: CronSchedule
        do {
            cron = try CronSchedule(schedule, allowsDescriptors: true)
        } catch {
            terminal.note("error: \(TerminalText.safe(error.description))")
            throw ExitStatus.usage.exitCode
        }
        let ticks = ticks(of: cron, now: now)
        guard !ticks.isEmpty else {
            terminal.note("error: no tick in that time")
            throw ExitStatus.notSo.exitCode
        }
        if json {
            terminal.print(JSONText.document(.array(ticks.map { .string($0.description) })))
        } else {
            terminal.print(ticks.map { Self.line($0, in: cron.zone) })
        }
    }

    private func ticks(of cron: CronSchedule, now: Timestamp) -> [Timestamp] {
        let end = until?.resolved(now: now)
        var left = count ?? (end == nil ? 10 : Int.max)
        var ticks: [Timestamp] = []
        var last = from?.resolved(now: now) ?? now
        while left > 0, let tick = cron.next(after: last), end.map({ tick <= $0 }) ?? true {
            ticks.append(tick)
            last = tick
            left -= 1
        }
        return ticks
    }

    /// `2027-03-27 01:30Z   2027-03-27 02:30+01:00`
    private static func line(_ tick: Timestamp, in zone: TimeZone) -> String {
        let utc = "\(minute(tick))Z"
        if zone == .gmt { return utc }
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(tick.milliseconds / 1000)))
        let local = minute(tick + .seconds(offset))
        let (hours, minutes) = (abs(offset) / 3600, abs(offset) / 60 % 60)
        let distance = [hours, minutes].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return "\(utc)   \(local)\(offset < 0 ? "-" : "+")\(distance)"
    }

    private static func minute(_ time: Timestamp) -> String {
        String(time.description.prefix(16)).replacing("T", with: " ")
    }
}
