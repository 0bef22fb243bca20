import Foundation
import Synchronization
import Wire

/// The orchestrator's time: the machine's, moved by an offset, or standing still. A value.
struct OrchestratorClock: Sendable, Equatable {
    enum Mode: Sendable, Equatable {
        /// Runs with the machine's clock, ahead of it by an offset.
        case running(aheadBy: Duration)
        /// Stands.
        case paused(at: Timestamp)
    }

    var mode: Mode = .running(aheadBy: .zero)

    func now(wall: Timestamp = .wall) -> Timestamp {
        switch mode {
        case .running(let offset): wall + offset
        case .paused(let time): time
        }
    }

    /// How far it is ahead of the machine's clock.
    func offset(wall: Timestamp = .wall) -> Duration { now(wall: wall) - wall }

    var isPaused: Bool { if case .paused = mode { true } else { false } }

    mutating func pause() { mode = .paused(at: now()) }

    mutating func resume() { mode = .running(aheadBy: offset()) }

    // MARK: As a setting that outlives the process

    init(mode: Mode = .running(aheadBy: .zero)) {
        self.mode = mode
    }

    init?(setting: String) {
        let parts = setting.split(separator: " ")
        guard parts.count == 2, let number = Int64(parts[1]) else { return nil }
        switch parts[0] {
        case "ahead": mode = .running(aheadBy: .milliseconds(number))
        case "paused": mode = .paused(at: Timestamp(milliseconds: number))
        default: return nil
        }
    }

    var setting: String {
        switch mode {
        case .running(let offset): "ahead \(offset.milliseconds)"
        case .paused(let time): "paused \(time.milliseconds)"
        }
    }
}

extension Timestamp {
    /// The machine's time.
    static var wall: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// The clock as everyone may read it; the engine's thread sets it.
final class SharedClock: Sendable {
    private let clock = Mutex(OrchestratorClock())

    var value: OrchestratorClock { clock.withLock { $0 } }

    func set(_ changed: OrchestratorClock) { clock.withLock { $0 = changed } }
}
