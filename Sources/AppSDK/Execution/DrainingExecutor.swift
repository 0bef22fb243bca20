import Synchronization

/// Runs a function's tasks, and knows when all of them have come to rest.
///
/// Jobs queue up and ``drain()`` runs them on the caller's thread, one after the other. When the queue is empty,
/// every task of the function waits: for a step, or for something that is no step. Child tasks inherit the
/// executor, so `async let` and task groups need no help. After ``release()`` nobody drains any more, and jobs
/// run by themselves.
final class DrainingExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var signalled = false
        var waiter: CheckedContinuation<Void, Never>?
        var released = false
    }

    private let state = Mutex(State())

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let released = state.withLock { state in
            state.jobs.append(job)
            return state.released
        }
        if released {
            Task.detached { self.drain() }
        } else {
            wake()
        }
    }

    /// Runs jobs until there are none.
    func drain() {
        while true {
            let jobs = state.withLock { state in
                state.signalled = false
                let jobs = state.jobs
                state.jobs = []
                return jobs
            }
            if jobs.isEmpty { return }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Returns when there may be something to do: a job has come since the last ``drain()``, or ``wake()`` was called.
    func somethingToDo() async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                if state.signalled || !state.jobs.isEmpty { return true }
                state.waiter = continuation
                return false
            }
            if ready { continuation.resume() }
        }
    }

    /// Ends ``somethingToDo()``, now or when it is called next.
    func wake() {
        let waiter = state.withLock { state in
            state.signalled = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// From now on jobs run without a driver: what a function still does after its answer was given.
    func release() {
        let leftOver = state.withLock { state in
            state.released = true
            return !state.jobs.isEmpty
        }
        if leftOver { Task.detached { self.drain() } }
    }
}
