// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "durable",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "AppSDK", targets: ["AppSDK"]),
        .library(name: "AppSDKHummingbird", targets: ["AppSDKHummingbird"]),
        .library(name: "AppSDKEncryption", targets: ["AppSDKEncryption"]),
        .library(name: "AppTesting", targets: ["AppTesting"]),
        .executable(name: "orchestrator", targets: ["Orchestrator"]),
        .executable(name: "SampleApp", targets: ["SampleApp"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // What everything stands on.
        .target(name: "JSON"),
        .target(
            name: "Wire",
            dependencies: [
                "JSON",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(name: "Expressions", dependencies: ["JSON"]),
        .target(name: "ExpressionCases", dependencies: ["Expressions", "JSON"]),

        // The orchestrator, from the inside out.
        .target(
            name: "Engine",
            dependencies: ["JSON", "Wire", "Expressions", .product(name: "Crypto", package: "swift-crypto")]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "Stores",
            dependencies: [
                "JSON", "Wire", "Engine", "CSQLite", "CLibPQ", .product(name: "Logging", package: "swift-log"),
            ]),
        .target(name: "Dashboard", exclude: ["assets"]),
        .executableTarget(
            name: "Orchestrator",
            dependencies: [
                "JSON", "Wire", "Expressions", "ExpressionCases", "Engine", "Stores", "Dashboard",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        // The app's side.
        .target(
            name: "AppSDK",
            dependencies: [
                "JSON", "Wire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .target(
            name: "AppSDKHummingbird",
            dependencies: ["AppSDK", .product(name: "Hummingbird", package: "hummingbird")]),
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .target(name: "AppSDKEncryption", dependencies: ["AppSDK", "CSodium", "JSON"]),
        .target(name: "AppTesting", dependencies: ["AppSDK", "JSON", "Wire", "Engine", "Stores"]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .executableTarget(
            name: "SampleApp",
            dependencies: [
                "AppSDK", "AppSDKHummingbird", "CCurl",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ]),

        // What it costs, and whether it survives.
        .target(
            name: "Rig",
            dependencies: [
                "JSON", "Programs",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Benchmarks/Rig"),
        .target(name: "PostgresRig", dependencies: ["Programs"], path: "Benchmarks/PostgresRig"),
        .target(name: "Programs", dependencies: ["CSpawn"], path: "Benchmarks/Programs"),
        .systemLibrary(name: "CSpawn", path: "Benchmarks/CSpawn"),
        .executableTarget(
            name: "KillLoop",
            dependencies: [
                "AppSDK", "JSON", "PostgresRig", "Rig", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Benchmarks/KillLoop"),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "AppSDK", "Engine", "Expressions", "JSON", "PostgresRig", "Rig", "Stores", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Benchmarks/Bench"),

        // Whether it keeps its word: random programs on the real engine, held against models of each rule.
        .target(
            name: "Simulation", dependencies: ["Engine", "Stores", "Wire", "JSON"], path: "Tests/Simulation"),
        .executableTarget(
            name: "Simulate", dependencies: ["PostgresRig", "Simulation", "Stores"], path: "Tests/Simulate"),

        // One test target a room.
        .testTarget(name: "JSONTests", dependencies: ["JSON"], resources: [.copy("Vectors")]),
        .testTarget(name: "WireTests", dependencies: ["Wire", "JSON"]),
        .testTarget(
            name: "ExpressionsTests", dependencies: ["Expressions", "ExpressionCases", "JSON"],
            resources: [.copy("Vectors")]),
        .testTarget(
            name: "EngineTests", dependencies: ["Engine", "PostgresRig", "Simulation", "Stores", "Wire", "JSON"],
            resources: [.copy("Vectors")]),
        .testTarget(
            name: "StoresTests", dependencies: ["Engine", "Stores", "Wire", "JSON", "CSQLite", "PostgresRig"]),
        .testTarget(
            name: "AppSDKTests",
            dependencies: [
                "AppSDK", "AppSDKEncryption", "AppSDKHummingbird", "JSON", "Wire",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "AppSDKEncryptionTests", dependencies: ["AppSDKEncryption", "AppSDK", "AppTesting", "JSON"],
            resources: [.copy("Vectors")]),
        .testTarget(name: "AppTestingTests", dependencies: ["AppTesting", "AppSDK"]),

        // Tests that the dashboard has written, of runs of an app that it has seen.
        .executableTarget(name: "CopiedApp", dependencies: ["AppSDK", "AppSDKHummingbird"], path: "Tests/CopiedApp"),
        .testTarget(name: "CopiedTests", dependencies: ["CopiedApp", "AppTesting", "AppSDK"]),
        .testTarget(
            name: "OrchestratorTests",
            dependencies: [
                "Orchestrator", "AppSDK", "AppSDKHummingbird", "JSON", "PostgresRig", "Rig", "Wire",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "SampleAppTests",
            dependencies: [
                "SampleApp", "AppTesting",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
