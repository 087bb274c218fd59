internal import NeedletailHub

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
  /// A model of the hub by its name, "owner/name", "name" or either with "@revision", from the local store.
  case hub(String)

  /// Reads what a user typed: "bundled", an existing folder, or a name on the hub.
  ///
  /// - Throws: ``EmbeddingError`` with code `.unreadable` if it is none of them.
  public init(_ text: String) throws(EmbeddingError) {
    if text == "bundled" {
      self = .bundled
    } else if text.hasPrefix("/") || text.hasPrefix(".") || FileManager.default.fileExists(atPath: text) {
      self = .folder(URL(filePath: text))
    } else if (try? ModelReference(text)) != nil {
      self = .hub(text)
    } else {
      throw EmbeddingError(
        .unreadable, text, "is neither a folder nor a model's name on the hub, as in \"owner/name\"")
    }
  }

  /// The folder with the model's files; `nil` for the bundled model, which has none.
  ///
  /// A folder is returned as it was named, whether it exists or not.
  ///
  /// - Throws: ``EmbeddingError`` with code `.unreadable` for a model of the hub that is not on this machine; it says how
  ///   to get it.
  public func folder() throws(EmbeddingError) -> URL? {
    switch self {
    case .bundled: nil
    case .folder(let url): url
    case .hub(let name): try HubModels.snapshot(name)
    }
  }
}
