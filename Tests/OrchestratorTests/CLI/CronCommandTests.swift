import ArgumentParser
import Synchronization
import Testing
import Wire

@testable import Orchestrator

@Suite struct CronCommandTests {
    /// What it prints, and its exit code.
    private func run(_ arguments: String...) throws -> (output: String, error: String, status: Int32) {
        let output = Mutex("")
        let error = Mutex("")
        let terminal = Terminal(
            width: nil, paint: .none, output: { text in output.withLock { $0 += text } },
            error: { text in error.withLock { $0 += text } })
        var status: Int32 = 0
        do {
            let now = Timestamp(milliseconds: 1_767_225_600_000)  // 2026-01-01T00:00:00Z
            try CronCommand.parse(arguments).execute(on: terminal, now: now)
        } catch let code as ExitCode {
            status = code.rawValue
        }
        return (output.withLock { $0 }, error.withLock { $0 }, status)
    }

    @Test func listsTheNextTicks() throws {
        #expect(try run("0 9 * * mon", "--count", "2").output == "2026-01-05 09:00Z\n2026-01-12 09:00Z\n")
        #expect(try run("@daily").output.split(separator: "\n").count == 10)
    }

    @Test func showsTheClockOfTheZoneBesideUTC() throws {
        let spring = try run(
            "TZ=Europe/Paris 30 2 * * *", "--from", "2026-03-27T12:00:00Z", "--until", "2026-03-31T00:00:00Z")
        // On the 29th there is no half past two.
        #expect(
            spring.output == """
                2026-03-28 01:30Z   2026-03-28 02:30+01:00
                2026-03-30 00:30Z   2026-03-30 02:30+02:00

                """)
    }

    @Test func printsJSON() throws {
        let trial = try run("*/30 * * * *", "--until", "+1h", "--json")
        #expect(trial.output == #"["2026-01-01T00:30:00.000Z","2026-01-01T01:00:00.000Z"]"# + "\n")
    }

    @Test func refusesWhatIsNoScheduleAndSaysWhenThereIsNoTick() throws {
        #expect(try run("61 * * * *").status == 64)
        #expect(try run("61 * * * *").error.hasPrefix("error: cron:"))
        #expect(try run("0 0 30 2 *").status == 1)
        #expect(throws: (any Error).self) { try CronCommand.parse(["* * * * *", "--count", "0"]) }
    }
}
