import Foundation

/// How many files and connections the process may have open.
enum OpenFiles {
    /// More connections than this wait to be accepted.
    static let mostConnections = 10_000
    /// Files that are neither connections of clients nor calls to apps: the store, its readers, pipes.
    private static let own = 100

    /// Asks the system for as many as it grants, and says how many connections of clients that leaves room for.
    ///
    /// - Parameter calls: how many connections the calls to apps may take.
    static func connections(besideCalls calls: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return mostConnections }
        let wanted = rlim_t(mostConnections + calls + own)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = min(wanted, limit.rlim_max)
            _ = setrlimit(resource, &limit)
            _ = getrlimit(resource, &limit)
        }
        let granted = Int(clamping: limit.rlim_cur) - calls - own
        return min(max(granted, own), mostConnections)
    }

    #if os(Linux)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let resource = RLIMIT_NOFILE
    #endif
}
