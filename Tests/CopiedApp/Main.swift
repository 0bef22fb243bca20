import AppSDK
import AppSDKHummingbird

/// Serves the app at the port that is given, for the browser's test.
@main struct Main {
    static func main() async throws {
        try await app.serve(port: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000)
    }
}
