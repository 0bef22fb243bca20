import Foundation
import Rig

/// What Linux says of a process in `/proc`.
struct ProcessStatus {
    let residentBytes: Int
    /// In user and kernel mode, of all its threads.
    let processorSeconds: Double

    init(_ child: OrchestratorChild) throws {
        guard let pid = child.pid else { throw RigError("the orchestrator is not running") }
        try self.init(pid: pid)
    }

    init(pid: pid_t) throws {
        let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // The name, in brackets, may hold anything.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 22, let user = Double(fields[12]), let kernel = Double(fields[13]),
            let pages = Int(fields[22])
        else { throw RigError("/proc/\(pid)/stat can't be read: \(text)") }
        residentBytes = pages * sysconf(Int32(_SC_PAGESIZE))
        processorSeconds = (user + kernel) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
