import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model of the store, as the user named it.
enum StoredName {
  /// Parses a name; the bundled model has none in the store.
  static func reference(_ text: String) throws -> ModelReference {
    guard text != "bundled" else {
      throw HubError(
        .notStored, text, "this model is inside the program; it has no folder, and nothing is to be fetched")
    }
    return try ModelReference(text)
  }

  /// Looks a model up; where there is none, but a folder of this name, the error says so.
  static func find<Result>(_ text: String, _ look: (ModelReference) async throws -> Result) async throws -> Result {
    do {
      return try await look(reference(text))
    } catch let error as HubError where error.code == .invalidName || error.code == .notStored {
      guard text != "bundled", FileManager.default.fileExists(atPath: text) else { throw error }
      throw HubError(
        error.code, text,
        "this is a folder; the command looks up pulled models by name, and `needletail models info` describes folders")
    }
  }
}
