public import NeedletailEmbedding
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

extension FileSearch {
  /// Creates a search with a model.
  ///
  /// - Parameters:
  ///   - embedder: Turns questions and passages into vectors; its team does all the work.
  ///   - cache: Where vectors are kept between searches; `nil` keeps none.
  ///   - options: What is searched and shown.
  /// - Throws: `EmbeddingError` if the model's files cannot be read to tell them from another model's.
  public init(embedder: Embedder, cache: VectorCache? = .standard(), options: Options = Options()) throws {
    let identity = try cache?.identity(of: embedder, now: Date()) ?? ""
    self.init(
      model: try PassageModel(embedder, identity: identity), cache: cache, team: embedder.team,
      kernels: embedder.kernels,
      options: options)
  }
}

extension VectorCache {
  /// The identity of a model, from the cache where its files look as they did when it was computed.
  package func identity(of embedder: Embedder, now: Date) throws -> String {
    guard let fingerprint = try embedder.fingerprint(now: now) else { return try embedder.identity() }
    let path = "\(folder.path)/models/\(fingerprint.prefix(2))/\(fingerprint.dropFirst(2))"
    if let file = CacheFileReader(path), let digest = file.bytes(Digest.count), let known = file.bytes(file.remaining),
      !known.isEmpty, Digest(of: known).bytes == digest
    {
      if now.nanoseconds - file.modified > 3_600_000_000_000 { file.touch() }
      return String(decoding: known, as: UTF8.self)
    }
    let identity = try embedder.identity()
    // Where this cannot be written, vectors cannot either, and then it is said.
    if let file = try? Self.writer(path) {
      try? file.write(Digest(of: identity.utf8).bytes)
      try? file.write(Array(identity.utf8))
      // Whatever was cut short is no identity.
      if file.size == Digest.count + identity.utf8.count { try? file.finish() }
    }
    return identity
  }
}

extension PassageModel {
  init(_ embedder: Embedder, identity: String) throws {
    let tokenizer = embedder.tokenizer
    @Sendable func count(_ texts: [String]) -> [Int] {
      var options = EncodingOptions()
      options.addsSpecialTokens = false
      var packed = PackedTokens()
      // Without truncation packing cannot fail; bytes would be a safe count all the same.
      guard (try? tokenizer.pack(texts, options: options, into: &packed)) != nil else { return texts.map(\.utf8.count) }
      return texts.indices.map { packed.range($0).count }
    }
    let reserved = try embedder.overhead(as: .document)
    self.init(
      identity: identity, dimension: embedder.dimension,
      maximumTokens: (embedder.maximumLength ?? .max) - reserved,
      countTokens: { count($0) },
      embedQuery: { try await embedder.embed([$0], as: .query) },
      embedPassages: { try await embedder.embed($0, as: .document) })
  }
}
