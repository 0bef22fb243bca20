import Dispatch
import Engine
import Stores
import Wire

/// How the engine's thread gets on with the other processes that use the same store.
extension EngineLoop {
    /// Takes leases back that nobody will answer for. Returns why that failed, if it did.
    @discardableResult
    func reconcile() -> (any Error)? {
        let held = Set(openCalls.keys).union(openFetches.keys)
        let ofOthers = member?.mayTakeOver ?? true
        while true {
            let batch = engine.execute(
                [Reconcile(held: held, ofOthers: ofOthers)], now: clock.now(), room: 0, fetchRoom: 0)
            note(batch.storeError)
            switch batch.outcomes.first {
            case .success(let count as Int) where count > 0: continue
            case .failure(let error): return error
            default:
                hasLost = false
                return nil
            }
        }
    }

    /// What is due is in other hands, which will let go of it in a moment.
    func restALittle() {
        if member != nil, storeRetry == nil { storeRetry = .now() + .milliseconds(20) }
    }

    func hear(_ news: PostgresMember.News) {
        switch news {
        case .sweep(let due, let othersHaveLost, let held):
            for (kind, time) in due { engine.notice(kind, at: time) }
            // Leases of a commit that nobody answered may have been passed over so far, for another node was at their runs.
            if othersHaveLost || held > openCalls.count + openFetches.count { hasLost = true }
            member?.report(openCalls: openCalls.count, room: capacity, isDraining: isDraining)
        case .work: engine.notice(.call, at: clock.now())
        case .returned: hasLost = true
        case .live(let touched): feed.note(touched)
        case .missed: feed.forget()
        case .outdated(let error): note(error)
        }
    }

    /// Where more is due than there is room for, others may have some.
    func tellOthers() {
        guard let member, !hasRoom, let due = engine.nextDue(hasRoom: true, hasFetchRoom: false), due <= clock.now()
        else { return }
        member.announceWork()
    }

    /// The last thing: what is still leased is given back, and the others go on with it.
    func leave() {
        guard let member else { return }
        openCalls = [:]
        openFetches = [:]
        reconcile()
        member.stop()
    }
}
