import Engine
import Logging
import ServiceLifecycle
import Wire

/// Makes the calls that the engine leases, and brings back what came of them.
struct Dispatcher: Service {
    let host: EngineHost
    let caller: AppCaller
    let fetcher: StepFetcher
    /// How long open calls may go on when the process is asked to end.
    var grace = Duration.zero
    let logger: Logger

    func run() async {
        let calls = Task { await makeAll() }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await calls.value
            } onGracefulShutdown: {
                host.drain()
                Task {
                    try? await Task.sleep(for: grace)
                    // A call that is still open now is due again: for another process, or when this one starts next.
                    calls.cancel()
                }
            }
        } onCancel: {
            calls.cancel()
        }
    }

    private func makeAll() async {
        await withDiscardingTaskGroup { group in
            for await work in host.work {
                switch work {
                case .call(let call): group.addTask { await bring(await caller.make(call)) }
                case .fetch(let fetch): group.addTask { await bring(await fetcher.make(fetch)) }
                }
            }
        }
    }

    private func bring(_ answer: any AnswerCommand) async {
        // What the app has answered is stored even now; a call that was broken off says nothing about the app.
        if Task.isCancelled, answer.status == nil { return }
        while true {
            do {
                return try await host.finish(answer)
            } catch is ShuttingDown {
                return
            } catch {
                // The app has done its part: its answer is kept until the store takes it.
                logger.debug("an app's answer can't be stored, trying again", metadata: ["error": "\(error)"])
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
            }
        }
    }
}
