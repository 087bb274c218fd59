import Needletail
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Several readers of a collection, each in a process of its own.
struct ReaderProcesses {
  private let folder: String
  private var runs: [(run: OwnProgram.Run, report: String)] = []
  private var ending: String { "\(folder)/ending" }

  /// - Parameter folder: Where they leave what they find.
  init(_ folder: String) { self.folder = folder }

  /// Starts readers.
  ///
  /// - Parameter searches: How many searches each does; without a number until ``end()``.
  mutating func start(
    _ count: Int, of collection: String, base: String?, dimension: Int, rate: Double, searches: Int? = nil
  ) throws {
    for reader in 0..<count {
      let report = "\(folder)/reader-\(runs.count)"
      var arguments = [
        "bench", "collection-reader", collection, "--dimension", "\(dimension)", "--rate", "\(rate)", "--seed",
        "\(2 * reader)", "--ending", ending, "--report", report,
      ]
      if let base { arguments += ["--base", base] }
      if let searches { arguments += ["--searches", "\(searches)"] }
      runs.append((try OwnProgram.start(arguments, isHeard: true), report))
    }
  }

  /// Ends the readers, where they did not end by themselves, and returns what they found.
  func end(atOnce: Bool) throws -> [ReaderReport] {
    if atOnce { try Data().write(to: URL(filePath: ending)) }
    defer { try? FileManager.default.removeItem(atPath: ending) }
    for (run, _) in runs { try run.end() }
    return try runs.map { try ReaderReport(contentsOf: $0.report) }
  }
}
