import JSON
import Wire

/// What is sent at once: one request, or more where middleware sends other events beside, or these again.
///
/// The orchestrator takes in once what comes with one seed. So the same events keep theirs, for they are a repetition
/// whose first answer may have been lost; and others have another one, or they would be taken for the first. A step that
/// is tried again gives the same seeds in the same order.
struct Sending {
    private let first: EventSeed
    /// What stands for now, in repetitions, too.
    let time: Timestamp
    private var requests: [[JSON]] = []

    init(seed: EventSeed, time: Timestamp) {
        first = seed
        self.time = time
    }

    /// The seed of a request.
    /// - Parameter events: as they are before middleware encodes them, which may give another text each time.
    mutating func seed(of events: [JSON]) -> EventSeed {
        if let number = requests.firstIndex(of: events) { return first.beside(number) }
        requests.append(events)
        return first.beside(requests.count - 1)
    }
}
