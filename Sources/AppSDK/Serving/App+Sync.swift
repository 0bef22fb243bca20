import JSON
import Logging
import Wire

extension App {
    /// Registers the app: by a call to the orchestrator's API, or in the answer where that is asked for and signed.
    func sync(_ request: IncomingRequest) async -> CallResponse {
        let trust = signature(of: request)
        if configuration.mode == .cloud, trust == .wrong { return unauthorized }
        let url: String
        do {
            url = try ownURL(request, isTrusted: trust == .verified || configuration.mode == .dev)
        } catch {
            return syncFailure(error.status, error.description)
        }
        if request[HeaderName.syncKind] == "in_band", configuration.allowsInBandSync, trust == .verified {
            return inBandSync(url: url)
        }
        do {
            return try await register(url: url, deployID: request.query["deployId"])
        } catch {
            return syncFailure(
                500, "the orchestrator at \(configuration.apiOrigin) can't be reached: \(explanation(of: error))")
        }
    }

    /// The app's endpoint as the orchestrator reaches it.
    ///
    /// A stranger may ask for a sync, but must not say where calls go, neither by the body nor by a forged host:
    /// the app would vouch for the stranger's server with its own key.
    private func ownURL(_ request: IncomingRequest, isTrusted: Bool) throws(SyncError) -> String {
        if let origin = configuration.serveOrigin { return origin + (configuration.servePath ?? request.path) }
        guard isTrusted else {
            throw SyncError(
                status: 401,
                description:
                    "the app is in cloud mode and the request is not signed: for development set INNGEST_DEV=1; in "
                    + "production let the orchestrator sync the app, or set INNGEST_SERVE_ORIGIN to the app's own "
                    + "origin, such as https://shop.example")
        }
        if let url = (try? JSON(parsing: request.body))?["url"]?.string, url.hasPrefix("http") { return url }
        let scheme = configuration.mode == .dev ? "http" : "https"
        guard let origin = request.origin(scheme: scheme) else {
            throw SyncError(
                status: 400, description: "the request names no host: set INNGEST_SERVE_ORIGIN to the app's own origin")
        }
        return origin + (configuration.servePath ?? request.path)
    }

    private func register(url: String, deployID: String?) async throws -> CallResponse {
        let path = "/fn/register" + (deployID.map { "?deployId=\(queryValue($0))" } ?? "")
        let body = registration(url: url).json.merging(["capabilities": Self.capabilities])
        let headers = [
            "content-type": "application/json", HeaderName.framework: Self.framework,
            HeaderName.expectedServerKind: configuration.mode.rawValue, HeaderName.syncKind: "out_of_band",
        ]
        let answer = try await API(configuration: configuration, keys: keys)
            .send("POST", path, headers: headers, body: Array(body.bytes))
        let json = try? JSON(parsing: answer.body)
        guard answer.isSuccess, let json, json["error"]?.string == nil else {
            let reason = json?["error"]?.string ?? answer.excerpt
            return syncFailure(
                answer.isSuccess ? 500 : answer.status,
                "\(configuration.apiOrigin) answered HTTP \(answer.status) to the registration: \(reason)")
        }
        syncFailures.reset()
        var response = self.json(
            200, ["message": "Successfully registered", "modified": .bool(json["modified"]?.bool ?? false)])
        response.headers[HeaderName.syncKind] = "out_of_band"
        return response
    }

    private func inBandSync(url: String) -> CallResponse {
        var response = json(
            200,
            [
                "app_id": .string(id), "appVersion": optional(configuration.appVersion),
                "capabilities": Self.capabilities, "env": optional(configuration.environmentName),
                "framework": .string(Self.framework), "functions": .array(registration(url: url).functions),
                "inspection": authenticatedInspection, "platform": optional(configuration.platform),
                "sdk_author": "inngest",
                "sdk_language": .string(SDKIdentity.language), "sdk_version": .string(SDKIdentity.version),
                "url": .string(url),
            ])
        response.headers[HeaderName.syncKind] = "in_band"
        return response
    }

    private func syncFailure(_ status: Int, _ message: String) -> CallResponse {
        syncFailures.log(message, at: configuration.clock(), to: configuration.logger)
        return json(status, ["message": .string(message), "modified": false])
    }
}

private struct SyncError: Error {
    let status: Int
    let description: String
}
