// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "needletail", path: "..")],
  targets: [
    .executableTarget(name: "FindBirds", dependencies: [.product(name: "Needletail", package: "needletail")]),
    .executableTarget(name: "EmbedLines", dependencies: [.product(name: "Needletail", package: "needletail")]),
  ]
)
