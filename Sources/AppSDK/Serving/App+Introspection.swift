import Crypto
import JSON
import Wire

extension App {
    /// Tells what is served: little to everyone, more to who signs.
    func introspection(for request: IncomingRequest) -> CallResponse {
        let trust = signature(of: request)
        switch trust {
        case .verified: return json(200, authenticatedInspection)
        case .wrong: return json(200, inspection(succeeded: false))
        default: return json(200, inspection(succeeded: nil))
        }
    }

    private func inspection(succeeded: Bool?) -> JSON {
        [
            "authentication_succeeded": succeeded.map(JSON.bool) ?? .null, "capabilities": Self.capabilities,
            "extra": .emptyObject, "function_count": .int(functions.count),
            "has_event_key": .bool(configuration.eventKey != nil), "has_signing_key": .bool(keys.main != nil),
            "has_signing_key_fallback": .bool(keys.fallback != nil), "mode": .string(configuration.mode.rawValue),
            "schema_version": "2024-05-24",
        ]
    }

    var authenticatedInspection: JSON {
        inspection(succeeded: true).merging([
            "api_origin": .string(configuration.apiOrigin), "app_id": .string(id),
            "env": .some(optional(configuration.environmentName)),
            "event_api_origin": .string(configuration.eventOrigin),
            "event_key_hash": .some(optional(configuration.eventKey.map(Self.hash))),
            "framework": .string(Self.framework), "sdk_language": .string(SDKIdentity.language),
            "sdk_version": .string(SDKIdentity.version), "serve_origin": .some(optional(configuration.serveOrigin)),
            "serve_path": .some(optional(configuration.servePath)),
            "signing_key_hash": .some(optional(keys.main.map { $0.hash })),
            "signing_key_fallback_hash": .some(optional(keys.fallback.map { $0.hash })),
        ])
    }

    /// What the app can do beside the basics.
    static let capabilities: JSON = ["in_band_sync": "v1", "trust_probe": "v1"]

    private static func hash(_ text: String) -> String { Hex.encode(SHA256.hash(data: Array(text.utf8))) }
}

/// JSON's `null` where there is no text.
func optional(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
