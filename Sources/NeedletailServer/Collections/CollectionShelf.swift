#if Server
  internal import NeedletailRetrieval
  internal import NeedletailTensor

  #if canImport(FoundationEssentials)
    internal import FoundationEssentials
  #else
    internal import Foundation
  #endif

  /// The collections of a folder: opened when they are first wanted, and kept open.
  ///
  /// A collection has its name when it is complete, and loses it before anything of it is removed; what a crash left
  /// under other names goes when the server starts.
  actor CollectionShelf {
    private enum Place {
      case opening(Task<ServedCollection, any Error>)
      case open(ServedCollection)
      /// It is being made or removed.
      case changing
    }

    nonisolated let folder: URL
    nonisolated let models: CollectionModels
    private var places: [CollectionName: Place] = [:]
    /// Requests that use a collection.
    private var users: [CollectionName: Int] = [:]
    private var waiting: [CollectionName: [CheckedContinuation<Void, Never>]] = [:]

    /// What names of unfinished work begin with; no collection's does.
    private static let hidden = ".needletail-"

    /// - Throws: ``ServerError`` with code `.failed` where the folder cannot be made or read.
    init(_ folder: URL, _ models: CollectionModels) throws {
      let files = FileManager.default
      do {
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder.resolvingSymlinksInPath()
        for name in try files.contentsOfDirectory(atPath: self.folder.path) where name.hasPrefix(Self.hidden) {
          try files.removeItem(at: self.folder.appending(path: name))
        }
      } catch {
        throw ServerError(.failed, "\(folder.path): cannot be used for collections: \(error)", cause: error)
      }
      self.models = models
    }

    // MARK: Using

    /// Does something with a collection, which stays until it is done.
    ///
    /// - Throws: ``ServerError`` with code `.notFound`; what opening it and `body` throw.
    nonisolated func use<Value>(
      _ name: String, _ body: (_ collection: ServedCollection) async throws -> Value
    ) async throws -> Value {
      guard let known = CollectionName(name) else { throw Self.missing(name) }
      let collection = try await acquire(known)
      do {
        let value = try await body(collection)
        await release(known)
        return value
      } catch {
        await release(known)
        throw error
      }
    }

    private func acquire(_ name: CollectionName) async throws -> ServedCollection {
      users[name, default: 0] += 1
      do {
        return try await opened(name)
      } catch {
        release(name)
        throw error
      }
    }

    private func release(_ name: CollectionName) {
      users[name, default: 1] -= 1
      guard users[name] == 0 else { return }
      users[name] = nil
      for continuation in waiting.removeValue(forKey: name) ?? [] { continuation.resume() }
    }

    private func opened(_ name: CollectionName) async throws -> ServedCollection {
      let task: Task<ServedCollection, any Error>
      switch places[name] {
      case .open(let collection): return collection
      case .changing: throw Self.missing(name.description)
      case .opening(let known): task = known
      case nil:
        guard isThere(name) else { throw Self.missing(name.description) }
        let (models, url) = (models, url(name))
        task = Task { try await models.open(name, at: url) }
        places[name] = .opening(task)
      }
      do {
        let collection = try await task.value
        if case .opening = places[name] { places[name] = .open(collection) }
        return collection
      } catch {
        if case .opening = places[name] { places[name] = nil }
        throw error
      }
    }

    private nonisolated func url(_ name: CollectionName) -> URL { folder.appending(path: name.description) }

    /// Whether there is a folder of this name that is no link to elsewhere.
    private nonisolated func isThere(_ name: CollectionName) -> Bool {
      let files = FileManager.default
      let kind = try? files.attributesOfItem(atPath: url(name).path)[.type] as? FileAttributeType
      return kind == .typeDirectory && files.fileExists(atPath: url(name).appending(path: "collection.sqlite").path)
    }

    static func missing(_ name: String) -> ServerError {
      ServerError(.notFound, "the collection \"\(name.prefix(100))\" does not exist")
    }

    // MARK: Looking

    /// The names of all collections, sorted.
    nonisolated func names() throws -> [CollectionName] {
      do {
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
          .compactMap { CollectionName($0) }.filter { isThere($0) }
      } catch {
        throw ServerError(.failed, "the collections cannot be listed", cause: error)
      }
    }

    /// A collection that is open already.
    private func openNow(_ name: CollectionName) -> ServedCollection? {
      guard case .open(let collection) = places[name] else { return nil }
      users[name, default: 0] += 1
      return collection
    }

    /// Looks at a collection without loading its model; `nil` where it cannot be opened.
    nonisolated func glance<Value>(
      _ name: CollectionName, _ body: (_ documents: DocumentCollection) async throws -> Value
    ) async -> Value? {
      if let open = await openNow(name) {
        let value = try? await body(open.documents)
        await release(name)
        return value
      }
      guard let documents = try? await DocumentCollection(at: url(name), mode: .readOnly) else { return nil }
      let value = try? await body(documents)
      try? await documents.close()
      return value
    }

    // MARK: Making and removing

    /// Makes an empty collection.
    ///
    /// - Parameter make: Makes it in the folder that it is given.
    /// - Throws: ``ServerError`` with code `.conflict` where there is one; what `make` throws.
    func create(
      _ name: CollectionName, _ make: @escaping @Sendable (_ url: URL) async throws -> DocumentCollection
    ) async throws {
      let files = FileManager.default
      let isTaken = (try? files.attributesOfItem(atPath: url(name).path)) != nil
      guard places[name] == nil, !isTaken else {
        throw ServerError(.conflict, "the collection \"\(name)\" exists already", parameter: "name")
      }
      places[name] = .changing
      defer { places[name] = nil }
      let hidden = folder.appending(path: "\(Self.hidden)new-\(RandomName.hexadecimal(digits: 16))")
      do {
        // Reading the model's files to name them takes time, which others need not wait for.
        let task = Task { try await make(hidden).close() }
        try await task.value
        try files.moveItem(at: hidden, to: url(name))
        try OutputFile.sync(folder.path)
      } catch {
        try? files.removeItem(at: hidden)
        throw error
      }
    }

    /// Removes a collection once nobody uses it.
    ///
    /// - Throws: ``ServerError`` with code `.notFound`; `RetrievalError` with code `.busy` where another process writes.
    func delete(_ name: CollectionName) async throws {
      var collection: DocumentCollection?
      switch places[name] {
      case .changing: throw Self.missing(name.description)
      case .open(let open): collection = open.documents
      case .opening(let task): collection = try? await task.value.documents
      case nil: break
      }
      if case .changing = places[name] { throw Self.missing(name.description) }
      guard isThere(name) else { throw Self.missing(name.description) }
      places[name] = .changing
      defer { places[name] = nil }
      while users[name] != nil { await withCheckedContinuation { waiting[name, default: []].append($0) } }
      if collection == nil { try await Self.checkIdle(url(name)) }
      try await collection?.close()
      let hidden = folder.appending(path: "\(Self.hidden)old-\(RandomName.hexadecimal(digits: 16))")
      do {
        try FileManager.default.moveItem(at: url(name), to: hidden)
        try OutputFile.sync(folder.path)
      } catch {
        throw ServerError(.failed, "the collection \"\(name)\" cannot be removed", cause: error)
      }
      // What is left of it here goes when the server starts again.
      try? FileManager.default.removeItem(at: hidden)
    }

    /// Refuses a collection that another process writes to; a damaged one may go.
    private static func checkIdle(_ url: URL) async throws {
      do {
        try await DocumentCollection(at: url, mode: .readWrite).close()
      } catch let error as RetrievalError where error.code == .busy {
        throw error
      } catch {}
    }

    /// Closes all collections, each once nobody uses it.
    func close() async {
      for (name, place) in places {
        guard case .open(let collection) = place else { continue }
        places[name] = .changing
        while users[name] != nil { await withCheckedContinuation { waiting[name, default: []].append($0) } }
        try? await collection.documents.close()
      }
    }
  }
#endif
