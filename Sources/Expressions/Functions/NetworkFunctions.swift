extension Function {
    /// CEL's network extension.
    static let network = [
        Function("ip", 1) { arguments, _ throws(Fault) in
            .address(try IPAddress(arguments[0].asText("ip()")))
        },
        Function("isIP", 1) { arguments, _ throws(Fault) in
            let text = try arguments[0].asText("isIP()")
            return .bool((try? IPAddress(text)) != nil)
        },
        Function("ip.isCanonical", 1) { arguments, _ throws(Fault) in
            let text = try arguments[0].asText("ip.isCanonical()")
            return .bool(try IPAddress(text).text == text.string)
        },
        Function("cidr", 1) { arguments, _ throws(Fault) in
            .network(try IPNetwork(arguments[0].asText("cidr()")))
        },
        Function("isCIDR", 1) { arguments, _ throws(Fault) in
            let text = try arguments[0].asText("isCIDR()")
            return .bool((try? IPNetwork(text)) != nil)
        },
    ]

    static let networkMembers = [
        of(address: "family") { .int($0.isV4 ? 4 : 6) },
        of(address: "isUnspecified") { .bool($0.isUnspecified) },
        of(address: "isLoopback") { .bool($0.isLoopback) },
        of(address: "isGlobalUnicast") { .bool($0.isGlobalUnicast) },
        of(address: "isLinkLocalMulticast") { .bool($0.isLinkLocalMulticast) },
        of(address: "isLinkLocalUnicast") { .bool($0.isLinkLocalUnicast) },
        of(network: "ip") { .address($0.address) },
        of(network: "masked") { .network($0.masked) },
        of(network: "prefixLength") { .int(Int64($0.prefixLength)) },
        Function("containsIP", 2) { arguments, _ throws(Fault) in
            guard case .network(let network) = arguments[0] else { throw .noOverload("containsIP()", arguments) }
            if case .address(let address) = arguments[1] { return .bool(network.contains(address)) }
            return .bool(network.contains(try IPAddress(arguments[1].asText("containsIP()"))))
        },
        Function("containsCIDR", 2) { arguments, _ throws(Fault) in
            guard case .network(let network) = arguments[0] else { throw .noOverload("containsCIDR()", arguments) }
            if case .network(let other) = arguments[1] { return .bool(network.contains(other)) }
            return .bool(network.contains(try IPNetwork(arguments[1].asText("containsCIDR()"))))
        },
    ]

    private static func of(address name: String, _ part: @escaping @Sendable (IPAddress) -> Value) -> Function {
        Function(name, 1) { arguments, _ throws(Fault) in
            guard case .address(let address) = arguments[0] else { throw .noOverload("\(name)()", arguments) }
            return part(address)
        }
    }

    private static func of(network name: String, _ part: @escaping @Sendable (IPNetwork) -> Value) -> Function {
        Function(name, 1) { arguments, _ throws(Fault) in
            guard case .network(let network) = arguments[0] else { throw .noOverload("\(name)()", arguments) }
            return part(network)
        }
    }
}
