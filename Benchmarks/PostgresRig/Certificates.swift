import Foundation
import Programs

/// Certificates of an authority of one's own, made with `openssl`: for the server, for its users, and those of a
/// stranger.
package struct Certificates {
    /// Where they are.
    package let folder: URL

    /// - Parameters:
    ///   - server: the name of the server's certificate.
    ///   - user: whom the user's certificate names.
    package init(in folder: URL, server: String, user: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for authority in ["ca", "stranger"] {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(authority)", "-keyout", path("\(authority).key"), "-out", path("\(authority).crt"))
        }
        try issue("server", to: server, extension: "subjectAltName=DNS:\(server)")
        try issue("client", to: user, extension: "extendedKeyUsage=clientAuth")
    }

    package func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private func issue(_ name: String, to subject: String, extension text: String) throws {
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(subject)",
            "-keyout", path("\(name).key"), "-out", path("\(name).csr"))
        try text.write(toFile: path("\(name).ext"), atomically: false, encoding: .utf8)
        try openssl(
            "x509", "-req", "-in", path("\(name).csr"), "-CA", path("ca.crt"), "-CAkey", path("ca.key"),
            "-CAcreateserial", "-days", "2", "-extfile", path("\(name).ext"), "-out", path("\(name).crt"))
        // Keys that others could read are refused.
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path("\(name).key"))
    }

    private func openssl(_ arguments: String...) throws {
        try Program.run(["/usr/bin/openssl"] + arguments)
    }
}
