internal import Synchronization

/// What of a folder was read: its files, and which members of its JSON texts.
package final class ReadingRecord: Sendable {
  private struct State {
    var paths: Set<String> = []
    var texts: [String: (root: JSON, lookups: JSONLookups)] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Notes that a file was read.
  package func note(_ path: String) { state.withLock { _ = $0.paths.insert(path) } }

  /// Parses a JSON file that was read, and notes which of its members are looked up, each time it is read.
  package func document(_ bytes: [UInt8], path: String) throws(JSONError) -> JSONDocument {
    note(path)
    let lookups = state.withLock { $0.texts[path]?.lookups } ?? JSONLookups()
    let document = try JSONDocument(parsing: bytes, subject: path, noting: lookups)
    state.withLock { $0.texts[path] = (document.root, lookups) }
    return document
  }

  /// The files that were read.
  package var paths: Set<String> { state.withLock { $0.paths } }

  /// The members that nobody looked up, by file, of the files that have such.
  package var passedOver: [String: [String]] {
    state.withLock { $0.texts }.mapValues { $0.lookups.passedOver(in: $0.root) }.filter { !$0.value.isEmpty }
  }
}
