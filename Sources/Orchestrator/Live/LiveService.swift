import Engine
import JSON
import Logging
import ServiceLifecycle
import Wire

/// Makes messages of what ``LiveFeed`` has collected: reads the changed rows once for everybody, at a pace that leaves
/// the machine to the work itself.
struct LiveService: Service {
    let feed: LiveFeed
    let host: EngineHost
    let reads: any Reads
    let logger: Logger

    /// Runs and events in one message, the newest; a page shows fewer.
    private static let shown = 60
    /// Bytes of events that are read for one message.
    private static let maximumBytes = 4 << 20
    /// Between two messages. More changes than are shown in one are told at a slower pace: nobody reads them one by one.
    private static let pace = Duration.milliseconds(200)
    private static let busyPace = Duration.seconds(1)
    private static let beat = Duration.seconds(15)

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await beats() }
            group.addTask { await messages() }
            // Ends with the process: the streams are what keeps its requests open.
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: .seconds(1 << 40)) }
            feed.close()
            group.cancelAll()
        }
    }

    private func beats() async {
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: Self.beat)) != nil else { return }
            feed.beat()
        }
    }

    private func messages() async {
        for await _ in feed.wake {
            let isBusy = await Self.tell(feed) { touched, overflowed in
                do {
                    return try await message(touched, overflowed)
                } catch {
                    logger.warning("the live feed can't read", metadata: ["error": "\(error)"])
                    throw error
                }
            }
            guard (try? await Task.sleep(for: isBusy ? Self.busyPace : Self.pace)) != nil else { return }
        }
    }

    /// Tells what has been collected. Where that can't be read, everybody is told to read anew, so that it isn't lost.
    /// - Returns: whether the next message had better take its time.
    @discardableResult
    static func tell(_ feed: LiveFeed, read: (Touched, Bool) async throws -> JSON) async -> Bool {
        let (touched, overflowed) = feed.takePending()
        guard !touched.isEmpty else { return false }
        do {
            feed.send("change", try await read(touched, overflowed), runs: overflowed ? nil : touched.runs)
        } catch {
            feed.forget()
            return true
        }
        return overflowed || touched.runs.count > shown
    }

    private func message(_ touched: Touched, _ overflowed: Bool) async throws -> JSON {
        let runs = try await reads.runs(Array(touched.runs.sorted(by: >).prefix(Self.shown)))
        let functions = try await FunctionNames(reads)
        let names = try await reads.eventNames(runs.compactMap(\.eventIDs.first))
        return [
            "apps": .bool(touched.apps), "events": .array(try await events(touched.events)),
            "more": .bool(
                overflowed || touched.runs.count > Self.shown || touched.events.count > Self.shown),
            "now": APIShapes.time(host.now),
            "runs": .array(
                runs.map { run in
                    APIShapes.run(
                        run, functions[run.functionID], eventName: run.eventIDs.first.flatMap { names[$0] })
                }),
        ]
    }

    /// The newest events, as far as they are not too large together.
    private func events(_ ids: [ULID]) async throws -> [JSON] {
        var shapes: [JSON] = []
        var bytes = 0
        for id in ids.sorted(by: >).prefix(Self.shown) where bytes < Self.maximumBytes {
            for event in try await reads.events([id]) {
                bytes += event.event.json.bytes.count
                shapes.append(APIShapes.eventSummary(event))
            }
        }
        return shapes
    }
}
