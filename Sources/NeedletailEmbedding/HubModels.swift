internal import NeedletailHub

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Models by their names on the hub, as far as they are on this machine.
enum HubModels {
  /// The folder of a model in the store; loading a model never downloads one.
  ///
  /// - Parameter name: `owner/name` or `owner/name@revision`.
  /// - Throws: ``EmbeddingError`` that says how to get a model that is not there.
  static func snapshot(_ name: String) throws(EmbeddingError) -> URL {
    do {
      let reference = try ModelReference(name)
      return try ModelStore().path(of: reference.name, revision: reference.revision)
    } catch let error as HubError where error.code == .notStored {
      throw EmbeddingError(.unreadable, error.subject, "there is no such folder, and \(error.message)")
    } catch let error as HubError {
      throw EmbeddingError(.unreadable, error.subject, error.message)
    } catch { throw EmbeddingError(.unreadable, name, "\(error)") }
  }
}
