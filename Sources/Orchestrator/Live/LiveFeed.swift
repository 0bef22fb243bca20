import Engine
import JSON
import NIOCore
import Synchronization
import Wire

/// Tells open dashboards what has changed. Fed after commits; what was changed is collected, read once, encoded once,
/// and handed to all. Costs nothing while nobody listens.
final class LiveFeed: Sendable {
    /// Streams at once. Each holds a connection and a few messages.
    static let maximumListeners = 500
    /// Messages that a listener may lag behind; then its stream ends, and it comes back to catch up.
    private static let lag = 16
    /// Messages that are kept for those who come back: some minutes of a busy house.
    private static let kept = 120
    /// Changed runs that are collected between two messages; beyond, a message says that there were more.
    private static let collected = 5000
    /// How long changes are collected after the last listener has gone, for it may come back.
    private static let grace = Duration.seconds(60)

    private let state: Mutex<State>
    /// Signals that there is something to tell.
    let wake: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    private struct State {
        var feed: ULID
        /// The number of the next message; 0 stands for none yet.
        var next = 1
        var listeners: [Int: Listener] = [:]
        var nextListener = 0
        var lastHeard: ContinuousClock.Instant?
        var recent: [LiveMessage] = []
        var pending = Touched()
        var overflowed = false
        var isClosed = false
    }

    private struct Listener {
        let stream: AsyncStream<ByteBuffer>.Continuation
        /// One run alone, or everything.
        let run: ULID?
    }

    init(feed: ULID = ULID(time: .wall, random: UInt128.random(in: 0 ... .max))) {
        state = Mutex(State(feed: feed))
        (wake, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Changes

    /// Called with what a commit has changed.
    func note(_ touched: Touched) {
        guard !touched.isEmpty else { return }
        let isHeard = state.withLock { state in
            guard !state.listeners.isEmpty || Self.isRecent(state.lastHeard) else {
                // What is not collected can't be caught up with.
                if state.lastHeard != nil { Self.forget(&state) }
                return false
            }
            guard state.pending.runs.count < Self.collected, state.pending.events.count < Self.collected else {
                state.overflowed = true
                state.pending.apps = state.pending.apps || touched.apps
                return true
            }
            state.pending.formUnion(touched)
            return true
        }
        if isHeard { signal.yield() }
    }

    private static func isRecent(_ time: ContinuousClock.Instant?) -> Bool {
        time.map { ContinuousClock.now - $0 < grace } ?? false
    }

    private static func forget(_ state: inout State) {
        state.lastHeard = nil
        state.recent = []
        state.next += 1
    }

    /// What has changed since it was asked last, and whether that is not all.
    func takePending() -> (touched: Touched, overflowed: Bool) {
        state.withLock { state in
            defer { (state.pending, state.overflowed) = (Touched(), false) }
            return (state.pending, state.overflowed)
        }
    }

    /// Hands a message to everybody whom it concerns.
    ///
    /// - Parameter runs: those that it is about; nil where they are not all known.
    func send(_ name: String, _ data: JSON, runs: Set<ULID>?) {
        let slow = state.withLock { state in
            let message = LiveMessage(
                id: LiveMessage.ID(feed: state.feed, number: state.next), name: name, data: data, runs: runs)
            state.next += 1
            state.recent.append(message)
            if state.recent.count > Self.kept { state.recent.removeFirst(state.recent.count - Self.kept) }
            let shared = message.frame
            var slow: [Listener] = []
            for (number, listener) in state.listeners {
                guard let frame = Self.frame(of: message, for: listener.run, shared: shared) else { continue }
                if case .dropped = listener.stream.yield(frame) {
                    state.listeners[number] = nil
                    slow.append(listener)
                }
            }
            return slow
        }
        // Outside of the lock, for the end of a stream comes back to ``leave(_:)``.
        for listener in slow { listener.stream.finish() }
    }

    /// Something may have changed, and nobody knows what: everybody is told to read again.
    func forget() { send("reset", [:], runs: nil) }

    private static func frame(of message: LiveMessage, for run: ULID?, shared: ByteBuffer) -> ByteBuffer? {
        guard let run else { return shared }
        if let runs = message.runs, !runs.contains(run) { return nil }
        return LiveMessage.frame(id: message.id, name: "run", data: ["run_id": .string(run.description)])
    }

    // MARK: Listeners

    /// Begins a stream.
    ///
    /// - Parameters:
    ///   - last: the id of the last message that the client got. What came after it is sent first; where that is not
    ///     known any more, the stream begins with `reset`: read everything again.
    ///   - run: messages about this run alone.
    /// - Returns: nil when there are too many, or the process is ending.
    func listen(after last: String?, run: ULID?) -> AsyncStream<ByteBuffer>? {
        state.withLock { state in
            guard !state.isClosed, state.listeners.count < Self.maximumListeners else { return nil }
            let missed = last.map { Self.missed(after: $0, state) } ?? []
            let (stream, continuation) = AsyncStream.makeStream(
                of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(Self.lag + Self.kept))
            // Who lags behind keeps its place until it has got what it missed: the connection may end before.
            let newest = LiveMessage.ID(feed: state.feed, number: state.next - 1)
            let id = missed == nil ? newest : last.flatMap(LiveMessage.ID.init) ?? newest
            continuation.yield(LiveMessage.frame(id: id, name: missed == nil ? "reset" : "hello", data: [:]))
            for message in missed ?? [] {
                if let frame = Self.frame(of: message, for: run, shared: message.frame) { continuation.yield(frame) }
            }
            let number = state.nextListener
            state.nextListener += 1
            state.listeners[number] = Listener(stream: continuation, run: run)
            state.lastHeard = .now
            continuation.onTermination = { [weak self] _ in self?.leave(number) }
            return stream
        }
    }

    /// What came after a message; nil where that is not known.
    private static func missed(after last: String, _ state: State) -> [LiveMessage]? {
        guard let id = LiveMessage.ID(last), id.feed == state.feed, id.number < state.next else { return nil }
        let missed = state.recent.filter { $0.id.number > id.number }
        return missed.count == state.next - 1 - id.number ? missed : nil
    }

    private func leave(_ number: Int) {
        state.withLock { state in
            state.listeners[number] = nil
            state.lastHeard = .now
        }
    }

    /// Lets a beat go to everybody.
    func beat() {
        state.withLock { state in
            for listener in state.listeners.values { listener.stream.yield(LiveMessage.heartbeat) }
        }
    }

    /// Ends all streams.
    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return state.listeners
        }
        for listener in listeners.values { listener.stream.finish() }
        signal.finish()
    }
}
