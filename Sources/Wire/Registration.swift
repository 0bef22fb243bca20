import JSON

/// What an app says of itself when it registers.
package struct Registration: Sendable {
    package var url: String
    package var appName: String
    package var appVersion: String?
    package var sdk: String
    package var framework: String?
    package var functions: [JSON]

    package init(
        url: String, appName: String, appVersion: String? = nil, sdk: String, framework: String? = nil,
        functions: [JSON]
    ) {
        self.url = url
        self.appName = appName
        self.appVersion = appVersion
        self.sdk = sdk
        self.framework = framework
        self.functions = functions
    }

    /// Reads the body of `POST /fn/register`.
    /// - Throws: ``InvalidRegistration``, which names the field at fault.
    package init(_ json: JSON) throws(InvalidRegistration) {
        guard json.kind == .object else { throw InvalidRegistration("an object is expected") }
        let json = Self.normalized(json)
        guard let appName = json["appName"]?.string, (1...256).contains(appName.utf8.count) else {
            throw InvalidRegistration("appName: a text of 1 to 256 bytes is expected")
        }
        guard let url = json["url"]?.string, url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw InvalidRegistration("url: an http or https URL is expected")
        }
        guard let functions = json["functions"], functions.kind == .array else {
            throw InvalidRegistration("functions: a list is expected")
        }
        let sdk = json["sdk"]?.string ?? ""
        if let objection = Self.objection(toSDK: sdk) { throw InvalidRegistration("sdk: \(objection)") }
        self.init(
            url: url, appName: appName, appVersion: json["appVersion"]?.string, sdk: sdk,
            framework: json["framework"]?.string, functions: Array(functions.elements))
    }

    package var json: JSON {
        [
            "appName": .string(appName), "appVersion": appVersion.map(JSON.string),
            "capabilities": .emptyObject, "deployType": "ping",
            "framework": framework.map(JSON.string), "functions": .array(functions),
            "headers": ["env": "", "platform": ""], "sdk": .string(sdk), "url": .string(url), "v": "0.1",
        ]
    }
}

/// A registration that breaks the protocol.
package struct InvalidRegistration: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
