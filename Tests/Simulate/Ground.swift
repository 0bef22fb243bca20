import Foundation
import PostgresRig
import Simulation
import Stores

/// What worlds stand on.
enum Ground: Sendable {
    case files
    case server(PostgresServer)

    /// In memory, where the machine has such a place with room: what survives a crash of the machine is not what is
    /// tried.
    private static let memory: String = {
        let files = FileManager.default
        let place = "/dev/shm"
        return files.isWritableFile(atPath: place) && room(in: place) >= 1 << 30
            ? place : files.temporaryDirectory.path
    }()

    /// How many bytes more a folder may take.
    private static func room(in folder: String) -> UInt64 {
        var state = statvfs()
        return statvfs(folder, &state) == 0 ? UInt64(state.f_bavail) * UInt64(state.f_frsize) : 0
    }

    static func postgres() throws -> Ground {
        .server(try PostgresServer(settings: ["autovacuum_naptime = 10s", "max_wal_size = 256MB"], parent: memory))
    }

    /// Somewhere for one worker's worlds, one after the other.
    func plot() throws -> Plot {
        switch self {
        case .files: .folder(Self.memory)
        case .server(let server): .place(.database(PostgresAddress(try server.newSchema(), patience: Place.patience)))
        }
    }

    enum Plot {
        case folder(String)
        case place(Place)

        func with<Result>(_ body: (Place) throws -> Result) throws -> Result {
            switch self {
            case .place(let place): return try body(place)
            case .folder(let parent):
                let folder = URL(filePath: parent).appending(component: "simulation-\(UUID().uuidString)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(at: folder) }
                return try body(.file(folder.appending(component: "world.sqlite").path))
            }
        }
    }
}
