import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting

extension TestClientProtocol {
    func get(_ path: String) async throws -> TestResponse {
        try await execute(uri: path, method: .get) { $0 }
    }

    func post(_ path: String, _ form: String, headers: [String: String] = [:]) async throws -> TestResponse {
        var fields: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return try await execute(uri: path, method: .post, headers: fields, body: ByteBuffer(string: form)) { $0 }
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }
}
