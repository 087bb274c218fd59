internal import GRDB
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension DocumentCollection {
  /// Copies the collection as it is at one moment into a new folder, while it is searched and changed.
  ///
  /// The folder has its name only once the copy is complete and on the disk; it is a collection like any other.
  ///
  /// - Parameter destination: A folder that is not there yet; the one above it is there.
  /// - Throws: ``RetrievalError``, with code `.exists` where something is there.
  public func backup(to destination: URL) async throws {
    let files = FileManager.default
    guard !files.fileExists(atPath: destination.path) else {
      throw RetrievalError(.exists, destination.path, "is already there; name a new folder")
    }
    let draft = destination.deletingLastPathComponent().appending(
      path: ".\(destination.lastPathComponent).unfinished-\(String(UInt32.random(in: 0 ... .max), radix: 36))")
    do {
      try files.createDirectory(at: draft, withIntermediateDirectories: false)
      defer { try? files.removeItem(at: draft) }
      let segments = CollectionDatabase.segmentsPath(draft.path)
      try files.createDirectory(atPath: segments, withIntermediateDirectories: false)
      let copy = CollectionDatabase.databasePath(draft.path)
      try await database.copy(to: copy)
      try copySegments(draft, segments)
      try OutputFile.sync(copy)
      try OutputFile.sync(draft.path)
      try files.moveItem(at: draft, to: destination)
      try OutputFile.sync(destination.deletingLastPathComponent().path)
    } catch let error as CocoaError {
      throw RetrievalError(
        .unwritable, destination.path, "cannot be written: \(error)", cause: error)
    } catch let error as TensorError {
      throw RetrievalError(.unwritable, destination.path, error.message, cause: error)
    }
  }

  /// Copies the segments that the copied database names; one that is gone meanwhile is made anew from the database.
  private func copySegments(_ draft: URL, _ folder: String) throws {
    let queue = try DatabaseQueue(path: CollectionDatabase.databasePath(draft.path))
    try queue.write { database in
      for record in try SegmentRecord.all(database) {
        let source = "\(CollectionDatabase.segmentsPath(path))/\(record.name)"
        let isCopied = try Self.copy(source, to: "\(folder)/\(record.name)")
        if !isCopied { try record.delete(database) }
      }
    }
    try queue.close()
  }

  /// Copies a file; says no where it is not there.
  private static func copy(_ source: String, to target: String) throws(TensorError) -> Bool {
    do {
      try OutputFile.copy(source, to: target)
      return true
    } catch {
      if error.code == .unreadable { return false }
      throw error
    }
  }
}

extension CollectionDatabase {
  /// Writes a copy of one state of the database, without gaps.
  func copy(to file: String) async throws {
    do {
      try await reader.unsafeRead { database in
        try database.execute(sql: "VACUUM INTO ?", arguments: [file])
      }
    } catch { throw RetrievalError.translated(error, path: path) }
  }
}
