/// What the cache knows about files by their paths: how each looked when it was last read, and what it held then.
///
/// A file that looks the same holds the same. The table is a hint, not a truth: where it is lost, files are read again
/// to learn what they hold. It lies in 256 parts, so that a search of few files reads little of it.
struct FileTable: Sendable {
  /// One file.
  struct Entry: Sendable, Equatable {
    let status: FileStatus.Fingerprint
    /// Of the content.
    let digest: Digest
    /// The day of the last use, counted from 1970.
    var day: UInt32
  }

  /// A path, shortened to a number that no other path has.
  struct Key: Sendable, Hashable, Comparable {
    let high: UInt64
    let low: UInt64

    init(_ path: String) {
      let bytes = Digest(of: path.utf8).bytes
      high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
      low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    init(high: UInt64, low: UInt64) {
      self.high = high
      self.low = low
    }

    /// The part of the table that it is in.
    var part: UInt8 { UInt8(high >> 56) }

    static func < (a: Key, b: Key) -> Bool { a.high != b.high ? a.high < b.high : a.low < b.low }
  }

  private var parts: [UInt8: FileTablePart] = [:]
  /// What is new since the table was read.
  private var changes: [UInt8: [Key: Entry]] = [:]

  /// A table that knows nothing.
  init() {}

  /// A table of some parts.
  init(parts: [UInt8: FileTablePart]) { self.parts = parts }

  /// What is known about a file.
  ///
  /// - Parameter path: Absolute.
  func entry(_ path: String) -> Entry? {
    let key = Key(path)
    return parts[key.part]?.entry(key)
  }

  /// Whether there is anything to write.
  var hasChanges: Bool { !changes.isEmpty }

  /// Notes what a file holds.
  mutating func note(_ path: String, _ entry: Entry) {
    let key = Key(path)
    if parts[key.part]?.entry(key) == entry { return }
    changes[key.part, default: [:]][key] = entry
  }

  /// Writes the changes over what is there now.
  func write(to cache: VectorCache) throws(FileSearchError) {
    for (part, changes) in changes.sorted(by: { $0.key < $1.key }) {
      let path = cache.tablePath(part)
      try FileTablePart(path).merged(with: changes).write(to: path)
    }
  }
}
