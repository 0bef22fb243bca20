import Crypto
import Dashboard
import Foundation
import Hummingbird
import NIOCore
import Wire

/// The files of the dashboard: those in the binary, or those of a folder while it is being worked on.
struct DashboardFiles: Sendable {
    struct File: Sendable {
        let content: ByteBuffer
        let type: String
        let tag: String
    }

    private let embedded: [String: File]
    private let folder: String?

    /// - Parameter folder: read at each request instead of what is in the binary.
    init(folder: String? = nil) {
        self.folder = folder
        var files: [String: File] = [:]
        for index in 0..<dashboardAssetCount() {
            let asset = dashboardAsset(index)
            let name = String(cString: asset.name)
            files[name] = File(name, Array(UnsafeBufferPointer(start: asset.bytes, count: asset.size)))
        }
        embedded = files
    }

    subscript(name: String) -> File? {
        guard let known = embedded[name] else { return nil }
        guard let folder, let content = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return known }
        return File(name, Array(content))
    }
}

extension DashboardFiles.File {
    fileprivate init(_ name: String, _ bytes: [UInt8]) {
        content = ByteBuffer(bytes: bytes)
        type = Self.types[String(name.split(separator: ".").last ?? "")] ?? "application/octet-stream"
        tag = "\"\(Hex.encode(SHA256.hash(data: bytes).prefix(12)))\""
    }

    private static let types = [
        "css": "text/css; charset=utf-8", "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "json": "application/json", "svg": "image/svg+xml",
    ]
}
