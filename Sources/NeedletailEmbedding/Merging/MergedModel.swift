internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A model folder with low-rank adapters added to its weights, for programs that know no adapters and for those that
/// should not need them.
///
/// The folder gives the vectors that the base gives with the adapters: the same bits where its weights are float32; in
/// float16 and bfloat16 the float32 sums are rounded to the nearest number, from the middle to the even one.
///
///     let merged = try MergedModel(.folder(base), adapters: [AdapterChoice(adapter)])
///     let leftOut = try merged.write(to: output)
public struct MergedModel: Sendable {
  private let folder: ModelFolder
  /// The folder with the transformer's weights; another one than `folder` where that holds an adapter alone.
  private let base: ModelFolder
  /// Where the transformer stands in the folder.
  private let path: String
  private let modules: ModuleList
  /// All modules, those of a router's routes among them.
  private let entries: [ModuleEntry]
  private let adapters: [AdapterChoice]

  /// The largest file of weights that readers like, in bytes.
  public static let usualShardSize = 5_000_000_000

  /// Finds the transformer that adapters change.
  ///
  /// - Parameters:
  ///   - source: A model folder, or one that holds an adapter and names its base.
  ///   - adapters: Changes of the weights, added in their order.
  /// - Throws: ``EmbeddingError`` with code `.request` for the bundled model and for folders without a transformer or
  ///   without anything to add, `.unsupported` for routers with several transformers.
  public init(_ source: ModelSource, adapters: [AdapterChoice]) throws {
    guard let url = try source.folder() else {
      throw EmbeddingError(.request, "bundled", "is a static model; adapters change transformers")
    }
    folder = try ModelFolder(url)
    modules = try ModuleList(folder)
    entries = try Self.entries(modules.entries, in: folder)
    let transformers = entries.filter { $0.kind == .transformer || $0.kind == .maskedLanguage }
    // Routes may share one.
    let paths = Set(transformers.map { Self.plain($0.path) })
    guard paths.count <= 1 else {
      throw EmbeddingError(
        .unsupported, url.path,
        "has a router with several transformers (\(paths.sorted().joined(separator: ", "))); merge the folder of one")
    }
    guard let only = paths.first else {
      throw EmbeddingError(.request, url.path, "is a static model; adapters change transformers")
    }
    path = only
    let root = try folder.module(path)
    let base = try AdapterChoice.baseFolder(root)
    self.base = base ?? root
    self.adapters = (base == nil ? [] : [AdapterChoice(root.url)]) + adapters
    guard !self.adapters.isEmpty else {
      throw EmbeddingError(.request, url.path, "has no adapter to add; name one with --adapter")
    }
  }

  /// Writes the folder beside its place and moves it there when it is complete.
  ///
  /// - Parameters:
  ///   - output: Where it will be, in a folder that exists.
  ///   - replaces: Whether a model folder in its place goes; anything else stays and is an error.
  ///   - shardSize: Bytes of weights in one file, at most.
  /// - Returns: The weight files of the base that were left out, as paths below its folder: they hold the weights without
  ///   the adapters.
  /// - Throws: ``EmbeddingError``, `ModelError` or `TensorError` naming the file, tensor or module at fault; then nothing
  ///   was written.
  public func write(
    to output: URL, replacing replaces: Bool = false, shardSize: Int = usualShardSize
  ) throws -> [String] {
    // A link to a folder is that folder, and a path's last slash is no part of it.
    let place = URL(filePath: output.path).resolvingSymlinksInPath().standardizedFileURL
    let isTaken = try checkPlace(place, replaces: replaces)
    let weights = try weights(shardSize: shardSize)
    let files = try MergedFiles(
      folder, base: base, path: path, modules: entries.map { Self.plain($0.path) }.filter { $0 != path },
      replaced: weights.store.paths)
    let mark = String(UInt64.random(in: 0 ... .max), radix: 36)
    let parent = place.deletingLastPathComponent()
    let partial = parent.appending(path: ".\(place.lastPathComponent).partial-\(mark)")
    guard unsafe mkdir(partial.path, 0o777) == 0 else { throw Self.failure(place) }
    var isComplete = false
    defer { if !isComplete { try? FileManager.default.removeItem(at: partial) } }
    try files.copy(to: partial)
    let module = path.isEmpty ? partial : partial.appending(path: path)
    try FileManager.default.createDirectory(at: module, withIntermediateDirectories: true)
    try weights.write(to: module)
    guard isTaken else {
      guard unsafe rename(partial.path, place.path) == 0 else { throw Self.failure(place) }
      isComplete = true
      return files.leftOut
    }
    // No call exchanges two folders everywhere; the old one comes back where the new one cannot get its name.
    let old = parent.appending(path: ".\(place.lastPathComponent).old-\(mark)")
    guard unsafe rename(place.path, old.path) == 0 else { throw Self.failure(place) }
    guard unsafe rename(partial.path, place.path) == 0 else {
      let error = Self.failure(place)
      _ = unsafe rename(old.path, place.path)
      throw error
    }
    isComplete = true
    try? FileManager.default.removeItem(at: old)
    return files.leftOut
  }

  private func weights(shardSize: Int) throws -> MergedWeights {
    guard let json = try base.json("config.json") else {
      throw EmbeddingError(.unreadable, base.file("config.json").path, "the model's configuration is missing")
    }
    let configuration = try TransformerConfiguration(json, subject: base.file("config.json").path)
    let store = try base.weights()
    let adapted = try AdaptedWeights(
      configuration: configuration, store: store, adapters: adapters.map { try $0.read() },
      kernels: Kernels.preferred())
    guard !adapted.changesTiedWords || !isAboutWords(json) else {
      throw EmbeddingError(
        .unsupported, store.path,
        "ties its head to the table of words, which an adapter changes alone; no folder of weights can say that")
    }
    return MergedWeights(store: store, adapted: adapted, shardSize: shardSize)
  }

  /// Whether logits of words are what the folder is for, as far as it says so.
  private func isAboutWords(_ json: JSON) -> Bool {
    guard modules.warning != nil else {
      return entries.contains { [.logitScore, .spladePooling, .maskedLanguage].contains($0.kind) }
    }
    let name = json.optional("architectures")?.elements.first { _ in true }?.string ?? ""
    return ["ForMaskedLM", "ForCausalLM", "ForConditionalGeneration"].contains { name.hasSuffix($0) }
  }

  /// The modules of a folder, those of a router's routes in its place.
  private static func entries(
    _ entries: [ModuleEntry], in folder: ModelFolder
  ) throws(EmbeddingError) -> [ModuleEntry] {
    guard let first = entries.first, first.kind == .router else { return entries }
    return try RouterModule(first, in: folder).routes.flatMap(\.modules) + entries.dropFirst()
  }

  /// Checks that nothing would be lost.
  ///
  /// - Returns: Whether a folder is to be replaced.
  private func checkPlace(_ place: URL, replaces: Bool) throws -> Bool {
    let sources = ([folder.url, base.url] + adapters.map(\.folder)).map { Self.components($0) }
    let components = Self.components(place)
    for source in sources where source.starts(with: components) || components.starts(with: source) {
      throw EmbeddingError(
        .request, place.path, "is, holds or lies in a folder that is read; choose another place for the output")
    }
    guard FileManager.default.fileExists(atPath: place.path) else { return false }
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: place.path) } catch {
      throw EmbeddingError(.request, place.path, "is in the way: it is not a folder that can be listed")
    }
    guard !names.isEmpty else { return false }
    guard replaces else {
      throw EmbeddingError(
        .request, place.path, "exists and is not empty; choose another folder, or replace it with --force")
    }
    guard names.contains("config.json") || names.contains("modules.json") else {
      throw EmbeddingError(.request, place.path, "is no model folder, so it is not replaced; choose another folder")
    }
    return true
  }

  /// A path without what names no folder.
  private static func plain(_ path: String) -> String {
    path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  private static func components(_ url: URL) -> [String] {
    URL(filePath: url.path).resolvingSymlinksInPath().standardizedFileURL.pathComponents.filter { $0 != "/" }
  }

  private static func failure(_ place: URL) -> EmbeddingError {
    let reason = unsafe String(cString: strerror(errno))
    return EmbeddingError(.unreadable, place.path, "cannot be written: \(reason)")
  }
}
