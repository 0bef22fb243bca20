import ArgumentParser
import Foundation

/// The database file, or a folder that is removed at the end.
struct StatePlace {
    let path: String
    let isTemporary: Bool

    init(path: String?) throws {
        isTemporary = path == nil
        if let path {
            self.path = path
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            } catch {
                throw ValidationError(
                    "--sqlite: the folder \(folder.path) can't be made: \(error.localizedDescription)")
            }
        } else {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orchestrator-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            self.path = folder.appendingPathComponent("state.sqlite").path
        }
    }

    func remove() {
        guard isTemporary else { return }
        try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent())
    }
}
