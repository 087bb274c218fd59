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
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
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
    .executable(name: "needletail", targets: ["needletail-cli"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // Layer 0: no knowledge of one another, except that tokenizers and templates read JSON.
    .target(name: "CNeedletail"),
    .target(
      name: "CNeedletailAssets",
      exclude: ["README.md", "bundled-model.safetensors", "bundled-vocab.txt", "corpus.jsonl", "page", "queries.jsonl"]),
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
    .testTarget(
      name: "NeedletailCommandTests",
      dependencies: ["needletail-cli", "Needletail", "NeedletailTensor", "NeedletailTestSupport"], exclude: ["Faults"],
      swiftSettings: strict),
    .executableTarget(
      name: "needletail-cli", dependencies: ["Needletail", "NeedletailEmbedding", "NeedletailTensor", argumentParser],
      path: "Sources/needletail-cli",
      swiftSettings: strict),
  ],
  cLanguageStandard: .gnu2x
)
