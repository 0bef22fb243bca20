import Foundation
import JSON

/// The machine that was measured on, and how busy it was with other things.
struct Machine {
    let processor: String
    let cores: Int
    let memoryGiB: Int
    let system: String
    let loadBefore: String

    init() {
        let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = cpu.split(separator: "\n").first { $0.hasPrefix("model name") }
        processor = model?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
        cores = ProcessInfo.processInfo.activeProcessorCount
        memoryGiB = Int((Double(ProcessInfo.processInfo.physicalMemory) / 1_073_741_824).rounded())
        system = ProcessInfo.processInfo.operatingSystemVersionString
        loadBefore = Self.load
    }

    static var load: String {
        let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        return text.split(separator: " ").first.map(String.init) ?? "unknown"
    }

    var description: String {
        "\(processor), \(cores) cores, \(memoryGiB) GiB, \(system); load before \(loadBefore), after \(Self.load)"
    }

    var json: JSON {
        [
            "cores": .int(cores), "load_after": .string(Self.load), "load_before": .string(loadBefore),
            "memory_gib": .int(memoryGiB), "processor": .string(processor), "system": .string(system),
        ]
    }
}
