import Engine
import Logging
import ServiceLifecycle
import Wire

/// Makes the calls that the engine leases, and brings back what came of them.
struct Dispatcher: Service {
    let host: EngineHost
    let caller: AppCaller
    let fetcher: StepFetcher
    let logger: Logger

    func run() async {
        await withDiscardingTaskGroup { group in
            for await work in host.work.cancelOnGracefulShutdown() {
                switch work {
                case .call(let call): group.addTask { await bring(await caller.make(call)) }
                case .fetch(let fetch): group.addTask { await bring(await fetcher.make(fetch)) }
                }
            }
            // A call that is still open when the process ends is due again when it starts next.
            group.cancelAll()
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
