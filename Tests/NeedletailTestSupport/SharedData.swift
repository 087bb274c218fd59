#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Where tests find what is not part of the repository.
public enum SharedData {
  /// The repository's root folder.
  public static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The folder of public test sets: `NEEDLETAIL_DATA`, else `../shared/data` beside the repository; `nil` if missing.
  public static let folder: URL? = existing(
    ProcessInfo.processInfo.environment["NEEDLETAIL_DATA"].map { URL(filePath: $0) }
      ?? repository.appending(path: "../shared/data"))

  /// The folder of the real all-MiniLM-L6-v2, fetched by `make model`: `NEEDLETAIL_MINILM`, else the cache; `nil` if
  /// missing.
  public static let miniLM: URL? = existing(
    ProcessInfo.processInfo.environment["NEEDLETAIL_MINILM"].map { URL(filePath: $0) }
      ?? cache.appending(path: "needletail/models/all-MiniLM-L6-v2"))

  /// Whether `NEEDLETAIL_SLOW` asks for the tests that take minutes.
  public static let runsSlowTests = ProcessInfo.processInfo.environment["NEEDLETAIL_SLOW"].map { !$0.isEmpty } ?? false

  private static var cache: URL {
    let environment = ProcessInfo.processInfo.environment
    if let cache = environment["XDG_CACHE_HOME"], !cache.isEmpty { return URL(filePath: cache) }
    return URL(filePath: environment["HOME"] ?? "/tmp").appending(path: ".cache")
  }

  private static func existing(_ url: URL) -> URL? {
    FileManager.default.fileExists(atPath: url.path) ? url : nil
  }
}
