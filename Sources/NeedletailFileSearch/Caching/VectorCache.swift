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

/// Vectors kept on disk between searches, by the content of files and the identity of the model.
///
/// Each file whose passages were embedded has one sealed cache file, named by a digest of its bytes, of how they are
/// cut and of the model; so a copied, renamed or touched file costs nothing, and any number of processes may use the
/// cache at once without locks. A cache file becomes visible by a rename when it is complete, carries a SHA-256 that is
/// verified whenever it is read, and is made again where it is damaged. When the cache outgrows its limit, the files
/// that were not used for longest are removed.
public struct VectorCache: Sendable {
  /// Where the cache lies; only its owner can read it, for passages are in it.
  public let folder: URL
  /// How many bytes it may hold.
  public let limit: Int

  /// Describes a cache; nothing is touched until it is used.
  ///
  /// - Parameters:
  ///   - folder: Where it lies; made when it is first used.
  ///   - limit: Bytes; what is beyond goes at the end of a search.
  public init(folder: URL, limit: Int = 2 << 30) {
    self.folder = folder
    self.limit = limit
  }

  /// The user's cache: `needletail/vectors` in `XDG_CACHE_HOME`, else in `~/.cache`; `nil` for a user without a home.
  public static func standard(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> VectorCache? {
    let home = environment["HOME"].flatMap { $0.isEmpty ? nil : URL(filePath: $0).appending(path: ".cache") }
    let cache = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
    return (cache ?? home).map { VectorCache(folder: $0.appending(path: "needletail/vectors")) }
  }

  /// A part of the table of all files.
  func tablePath(_ part: UInt8) -> String { "\(folder.path)/files/\(part).table" }

  /// The part for one model.
  func vectors(of model: PassageModel) -> ModelVectors {
    let name = String(Digest(of: model.identity.utf8).hexadecimal.prefix(32))
    return ModelVectors(folder: folder.path + "/" + name, dimension: model.dimension)
  }

  /// Removes what was not used for longest until the cache is well within its limit, and what killed processes left.
  func trim(now: Date = Date()) {
    let nanoseconds = now.nanoseconds
    var files: [(path: String, status: FileStatus)] = []
    var total = 0
    let top = Self.contents(folder.path)
    let tables = Self.contents(folder.path + "/files")
    let unfinishedTables = tables.filter { $0.contains("/" + CacheFileWriter.temporaryPrefix) }
    for path in unfinishedTables + top.flatMap(Self.contents).flatMap(Self.contents) {
      guard let status = FileStatus(path, followsLinks: false), status.kind == .file else { continue }
      let isUnfinished = path.contains("/" + CacheFileWriter.temporaryPrefix)
      if isUnfinished {
        if nanoseconds - status.modified > 3_600_000_000_000 { unsafe unlink(path) }
        continue
      }
      files.append((path, status))
      total = total.adding(saturating: status.size)
    }
    guard total > limit else { return }
    for file in files.sorted(by: { $0.status.modified < $1.status.modified }) where total > limit / 4 * 3 {
      unsafe unlink(file.path)
      total -= file.status.size
    }
  }

  private static func contents(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map { folder + "/" + $0 }
  }
}

/// The vectors of one model in a ``VectorCache``.
struct ModelVectors: Sendable {
  let folder: String
  let dimension: Int

  /// What a cache file holds after its last passages.
  struct Ending: Sendable {
    let warnings: [FileSearchError]
  }

  private func path(_ key: Digest) -> String {
    let name = key.hexadecimal
    return "\(folder)/\(name.prefix(2))/\(name.dropFirst(2))"
  }

  /// Hands over the sections of a cache file in order.
  ///
  /// - Parameter subject: The path of the searched file, for its warnings.
  /// - Returns: `nil` where there is no such file or it is damaged; sections before the damage have been handed over.
  func read<Failure: Error>(
    _ key: Digest, subject: String, _ body: (VectorSection) throws(Failure) -> Void
  ) throws(Failure) -> Ending? {
    guard let file = CacheFileReader(path(key)) else { return nil }
    // Files in daily use need no touch at every search.
    if Date().nanoseconds - file.modified > 3_600_000_000_000 { file.touch() }
    while let section = VectorSection(readingFrom: file, dimension: dimension) {
      if section.count > 0 {
        try body(section)
      } else {
        return file.remaining == 0 ? section.warnings(subject).map(Ending.init) : nil
      }
    }
    return nil
  }

  /// Starts a cache file.
  func writer(_ key: Digest) throws(FileSearchError) -> CacheFileWriter { try VectorCache.writer(path(key)) }
}

extension VectorCache {
  /// Starts a file of the cache, and makes the folders above it where there are none.
  static func writer(_ path: String) throws(FileSearchError) -> CacheFileWriter {
    do { return try CacheFileWriter(path) } catch {
      let folder = URL(filePath: path).deletingLastPathComponent()
      let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: attributes)
      } catch { throw FileSearchError(.cache, folder.path, "the cache folder cannot be made") }
      return try CacheFileWriter(path)
    }
  }
}
