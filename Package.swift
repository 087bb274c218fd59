// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built with the same strict settings.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// A library target and, where it has one, its test target.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// A library that only the server needs.
func served(_ product: String, _ package: String) -> Target.Dependency {
  .product(name: product, package: package, condition: .when(traits: ["Server"]))
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.init(stringLiteral: name), "NeedletailTestSupport"] + dependencies,
    exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "needletail",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Needletail", targets: ["Needletail"]),
    .library(name: "NeedletailServer", targets: ["NeedletailServer"]),
    .executable(name: "needletail", targets: ["needletail-cli"]),
  ],
  traits: [
    .trait(name: "Server", description: "The server and the libraries that it stands on."),
    .default(enabledTraits: ["Server"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // Layer 0: no knowledge of one another, except that tokenizers and templates read JSON.
    .target(name: "CNeedletail"),
    .target(
      name: "CNeedletailAssets",
      exclude: [
        "README.md", "bundled-model.safetensors", "bundled-vocab.txt", "corpus.jsonl", "openapi.json", "page",
        "queries.jsonl",
      ]),
    .systemLibrary(
      name: "CPCRE2", pkgConfig: "libpcre2-32", providers: [.apt(["libpcre2-dev"]), .brew(["pcre2"])]),
    .systemLibrary(name: "CZlib"),
    room("NeedletailJSON"),
    room("NeedletailTokenizers", ["NeedletailJSON", "CNeedletailAssets", "CPCRE2"]),
    room("NeedletailTemplates", ["NeedletailJSON"]),
    // Layer 1
    room("NeedletailTensor", ["CNeedletail", "NeedletailJSON"]),
    room("NeedletailTokenizerTraining", ["NeedletailTokenizers", "NeedletailJSON"]),
    // Layer 2
    room("NeedletailModels", ["NeedletailTensor", "NeedletailTokenizers", "NeedletailJSON"]),
    room("NeedletailIndex", ["NeedletailTensor", "NeedletailJSON"]),
    room("NeedletailAnalysis", ["NeedletailTensor"]),
    room(
      "NeedletailHub",
      [
        "NeedletailTensor", "NeedletailJSON",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    // Layer 3
    room(
      "NeedletailEmbedding",
      [
        "NeedletailModels", "NeedletailTokenizers", "NeedletailTemplates", "NeedletailTensor", "NeedletailHub",
        "NeedletailJSON", "CNeedletailAssets", .product(name: "Crypto", package: "swift-crypto"),
      ]),
    // Layer 4
    room(
      "NeedletailTraining",
      ["NeedletailEmbedding", "NeedletailModels", "NeedletailTensor", "NeedletailTokenizers", "NeedletailJSON"]),
    room(
      "NeedletailFileSearch",
      [
        "NeedletailEmbedding", "NeedletailTokenizers", "NeedletailTensor", "NeedletailIndex", "NeedletailJSON", "CZlib",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    room(
      "NeedletailRetrieval",
      [
        "NeedletailEmbedding", "NeedletailTensor", "NeedletailIndex", "NeedletailJSON",
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    // Layer 5
    room(
      "NeedletailEvaluation",
      ["NeedletailEmbedding", "NeedletailIndex", "NeedletailAnalysis", "NeedletailTensor", "NeedletailJSON"]),
    room(
      "NeedletailServer",
      [
        "NeedletailEmbedding", "NeedletailRetrieval", "NeedletailIndex", "NeedletailAnalysis", "NeedletailTensor",
        "NeedletailTokenizers", "NeedletailJSON", "CNeedletailAssets",
        served("DequeModule", "swift-collections"), served("GRPCCore", "grpc-swift-2"),
        served("GRPCProtobuf", "grpc-swift-protobuf"),
        served("SwiftProtobuf", "swift-protobuf"), served("Hummingbird", "hummingbird"),
        served("HummingbirdCore", "hummingbird"), served("HummingbirdHTTP2", "hummingbird"),
        served("HummingbirdTLS", "hummingbird"),
        served("HTTPTypes", "swift-http-types"), served("Logging", "swift-log"), served("NIOCore", "swift-nio"),
        served("NIOPosix", "swift-nio"), served("NIOHTTP1", "swift-nio"), served("NIOHTTP2", "swift-nio-http2"),
        served("NIOHTTPTypes", "swift-nio-extras"), served("NIOSSL", "swift-nio-ssl"),
        served("ServiceLifecycle", "swift-service-lifecycle"),
        served("UnixSignals", "swift-service-lifecycle"),
        .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["Server"])),
      ], exclude: ["GRPC/health.proto", "GRPC/reflection.proto", "GRPC/tei.proto"]),
    // Layer 6
    room(
      "Needletail",
      [
        "NeedletailEmbedding", "NeedletailIndex", "NeedletailAnalysis", "NeedletailTraining", "NeedletailEvaluation",
        "NeedletailFileSearch", "NeedletailHub", "NeedletailJSON", "NeedletailModels", "NeedletailRetrieval",
        "NeedletailTemplates",
        "NeedletailTensor", "NeedletailTokenizerTraining", "NeedletailTokenizers",
      ]),
    .target(name: "NeedletailTestSupport", path: "Tests/NeedletailTestSupport", swiftSettings: strict),
    tests("NeedletailJSON"),
    .testTarget(name: "CNeedletailTests", dependencies: ["CNeedletail"], swiftSettings: strict),
    tests("NeedletailTokenizers", ["NeedletailJSON"], exclude: ["Fixtures"]),
    tests("NeedletailTemplates", ["NeedletailJSON"], exclude: ["Fixtures"]),
    tests("NeedletailTokenizerTraining", ["NeedletailTokenizers", "NeedletailJSON"], exclude: ["Fixtures"]),
    tests("NeedletailAnalysis", ["NeedletailJSON"], exclude: ["Fixtures"]),
    tests("NeedletailTensor", ["NeedletailJSON"], exclude: ["Fixtures"]),
    tests("NeedletailIndex", ["NeedletailTensor", "NeedletailJSON"], exclude: ["Fixtures"]),
    tests("NeedletailModels", ["NeedletailTensor", "NeedletailTokenizers", "NeedletailJSON"], exclude: ["Fixtures"]),
    tests(
      "NeedletailEmbedding",
      ["NeedletailModels", "NeedletailHub", "NeedletailTensor", "NeedletailTokenizers", "NeedletailJSON"],
      exclude: ["Fixtures"]),
    tests(
      "NeedletailTraining", ["NeedletailTensor", "NeedletailTokenizers", "NeedletailJSON"], exclude: ["Fixtures"]),
    tests("NeedletailEvaluation", ["NeedletailEmbedding", "NeedletailIndex", "NeedletailTensor"]),
    tests(
      "NeedletailRetrieval", ["NeedletailEmbedding", "NeedletailIndex", "NeedletailTensor", "NeedletailJSON"],
      exclude: ["Fixtures"]),
    tests("NeedletailFileSearch", ["NeedletailEmbedding", "NeedletailTensor", "NeedletailJSON"]),
    tests(
      "NeedletailHub",
      [
        "NeedletailJSON", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "Crypto", package: "swift-crypto"),
      ]),
    tests(
      "NeedletailServer",
      [
        "NeedletailEmbedding", "NeedletailJSON", "NeedletailTensor", "NeedletailTokenizers",
        served("GRPCCore", "grpc-swift-2"),
        served("Hummingbird", "hummingbird"), served("HummingbirdCore", "hummingbird"),
        served("HummingbirdHTTP2", "hummingbird"), served("Logging", "swift-log"), served("NIOCore", "swift-nio"),
        served("NIOHTTP1", "swift-nio"), served("NIOPosix", "swift-nio"),
      ], exclude: ["grpc_client.py"]),
    .testTarget(
      name: "NeedletailCommandTests",
      dependencies: ["needletail-cli", "Needletail", "NeedletailTensor", "NeedletailTestSupport"], exclude: ["Faults"],
      swiftSettings: strict),
    .executableTarget(
      name: "needletail-cli",
      dependencies: [
        "Needletail", "NeedletailServer", "NeedletailEmbedding", "NeedletailTensor", argumentParser,
        served("Logging", "swift-log"),
      ],
      path: "Sources/needletail-cli",
      swiftSettings: strict),
  ],
  cLanguageStandard: .gnu2x
)
