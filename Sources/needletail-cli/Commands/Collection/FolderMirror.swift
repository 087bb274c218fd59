import Needletail

/// Keeps the documents of a collection equal to the files of a folder.
///
/// Which documents are a file's is told by their `path`. Documents of other paths are left alone. Nothing is deleted
/// while a part of the folder cannot be read: what is not seen may be there.
struct FolderMirror {
  /// What one look at the folder led to.
  struct Changes {
    /// Documents that were written.
    var added = 0
    /// Documents that were deleted.
    var deleted = 0
    /// What could not be read.
    var warnings: [String] = []
  }

  /// What is known of a file.
  private struct Known {
    let status: FileStatus
    var ids: Set<String> = []
  }

  private let folder: String
  private let options: WalkOptions
  private let adder: DocumentAdder
  private let events = FolderEvents()
  private var known: [String: Known]?

  init(_ folder: String, options: WalkOptions, adder: DocumentAdder) {
    (self.folder, self.options, self.adder) = (folder, options, adder)
  }

  /// Waits until something may have changed.
  func wait() async throws { try await events.wait() }

  /// Adds what is new or changed since the last look and deletes what is gone; the first time everything is compared.
  mutating func synchronize() async throws -> Changes {
    let (files, isWhole, walkWarnings) = walk()
    guard isWhole || FileStatus(folder, followsLinks: true)?.kind == .folder else {
      throw RetrievalError(.unreadable, folder, "the folder is gone; its documents are kept")
    }
    var changes = Changes()
    changes.warnings = walkWarnings
    let before = known ?? [:]
    var now: [String: Known] = [:]
    var changed: [FoundFile] = []
    for file in files {
      guard let status = file.status else { continue }
      if let old = before[file.path], old.status == status {
        now[file.path] = old
      } else {
        now[file.path] = Known(status: status)
        changed.append(file)
      }
    }
    var source = DocumentSource(changed)
    changes.added = try await adder.add(&source) { documents in
      for document in documents { if let path = Self.path(document) { now[path]?.ids.insert(document.id) } }
    }
    changes.warnings += source.warnings
    // A file that could not be read keeps the documents that it had, and is tried again.
    for path in source.unreadable { now[path] = nil }
    if isWhole {
      changes.deleted = try await adder.collection.delete(ids: stale(before, now, keeping: source.unreadable))
    }
    for path in source.unreadable { now[path] = before[path] }
    known = now
    return changes
  }

  /// The files below the folder, once all of its folders are watched.
  private func walk() -> (files: [FoundFile], isWhole: Bool, warnings: [String]) {
    for _ in 1..<Self.looks {
      var walker = FileWalker([folder], options: options)
      var files: [FoundFile] = []
      while let file = walker.next() { files.append(file) }
      // What came into a folder before it was watched is seen by another look.
      if !events.watch(walker.folders) {
        return (files, walker.warnings.isEmpty, walker.warnings.map(\.description))
      }
    }
    return ([], false, ["\(folder): changes so fast that it cannot be listed"])
  }

  private static let looks = 10

  private static func path(_ document: Document) -> String? {
    guard case .object(let members) = document.metadata,
      case .string(let path)? = members.first(where: { $0.key == "path" })?.value
    else { return nil }
    return path
  }
}

extension FolderMirror {
  /// The ids of documents whose files, or whose rows of them, are gone.
  private func stale(
    _ before: [String: Known], _ now: [String: Known], keeping unreadable: Set<String>
  ) async throws -> [String] {
    let present = Set(now.values.lazy.flatMap(\.ids))
    guard known != nil else { return try await strangers(now, unreadable, present) }
    return before.lazy.filter { !unreadable.contains($0.key) }.flatMap { $0.value.ids }.filter { !present.contains($0) }
  }

  /// The documents of the collection that belong to the folder and were not found there.
  private func strangers(
    _ now: [String: Known], _ unreadable: Set<String>, _ present: Set<String>
  ) async throws -> [String] {
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    var strangers: [String] = []
    var page = try await adder.collection.documents()
    while !page.documents.isEmpty {
      try Task.checkCancellation()
      for document in page.documents {
        guard let path = Self.path(document), path.hasPrefix(prefix), !unreadable.contains(path) else { continue }
        if !present.contains(document.id) { strangers.append(document.id) }
      }
      page = try await adder.collection.documents(after: page.position)
    }
    return strangers
  }
}
