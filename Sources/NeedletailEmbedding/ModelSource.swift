#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Where a model comes from.
public enum ModelSource: Sendable, Equatable {
  /// The static model inside the program.
  case bundled
  /// A folder on disk, as sentence-transformers or transformers write it.
  case folder(URL)
  /// A model of the hub by its name, "owner/name" or "owner/name@revision", from the local store.
  case hub(String)

  /// Reads what a user typed: "bundled", an existing folder, or a name on the hub.
  ///
  /// - Throws: ``EmbeddingError`` with code `.unreadable` if it is none of them.
  public init(_ text: String) throws(EmbeddingError) {
    if text == "bundled" {
      self = .bundled
    } else if text.hasPrefix("/") || text.hasPrefix(".") || FileManager.default.fileExists(atPath: text) {
      self = .folder(URL(filePath: text))
    } else if text.split(separator: "/", omittingEmptySubsequences: false).count == 2 {
      self = .hub(text)
    } else {
      throw EmbeddingError(
        .unreadable, text, "is neither a folder nor a model's name on the hub, as in \"owner/name\"")
    }
  }
}
