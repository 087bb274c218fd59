/// What the cache knows about files by their paths: how each looked when it was last read, and what it held then.
///
/// A file that looks the same holds the same. The table is a hint, not a truth: where it is lost, files are read again
/// to learn what they hold.
struct FileTable: Sendable {
  /// One file.
  struct Entry: Sendable, Equatable {
    let status: FileStatus.Fingerprint
    /// Of the content.
    let digest: Digest
    /// The day of the last use, counted from 1970.
    var day: UInt32
  }

  /// By absolute path.
  private(set) var entries: [String: Entry] = [:]
  /// What is new since the table was read.
  private var changes: [String: Entry] = [:]
  /// More entries than these are not kept; those unused for longest go first.
  private static let limit = 500_000
  private static let magic: UInt32 = 0x3146_544E

  /// Reads the table; an empty one where there is none or it is damaged.
  init(_ path: String) {
    guard let file = CacheFileReader(path), let digest = file.bytes(Digest.count),
      let content = file.bytes(file.remaining), Digest(of: content).bytes == digest
    else { return }
    var decoder = ByteDecoder(content)
    guard decoder.integer(UInt32.self) == Self.magic, let count = decoder.integer(UInt32.self) else { return }
    entries.reserveCapacity(min(Int(count), Self.limit))
    for _ in 0..<count {
      guard let path = decoder.text(), let size = decoder.integer(Int64.self), let time = decoder.integer(Int64.self),
        let inode = decoder.integer(UInt64.self), let device = decoder.integer(UInt64.self),
        let day = decoder.integer(UInt32.self), let digest = decoder.bytes(Digest.count).flatMap(Digest.init(bytes:))
      else { return }
      let status = FileStatus.Fingerprint(size: Int(size), modified: Int(time), inode: inode, device: device)
      entries[path] = Entry(status: status, digest: digest, day: day)
    }
  }

  /// Whether there is anything to write.
  var hasChanges: Bool { !changes.isEmpty }

  /// Notes what a file holds.
  mutating func note(_ path: String, _ entry: Entry) {
    if entries[path] == entry { return }
    entries[path] = entry
    changes[path] = entry
  }

  /// Writes the table with the changes of this one over what is there now.
  func write(to path: String) throws(FileSearchError) {
    var merged = FileTable(path).entries
    merged.merge(changes) { $1 }
    var kept = merged.sorted { $0.key < $1.key }
    if kept.count > Self.limit {
      kept = Array(kept.sorted { $0.value.day > $1.value.day }.prefix(Self.limit))
    }
    var encoder = ByteEncoder()
    encoder.add(Self.magic)
    encoder.add(UInt32(kept.count))
    for (path, entry) in kept {
      encoder.add(Array(path.utf8))
      encoder.add(Int64(entry.status.size))
      encoder.add(Int64(entry.status.modified))
      encoder.add(entry.status.inode)
      encoder.add(entry.status.device)
      encoder.add(entry.day)
      encoder.addRaw(entry.digest.bytes)
    }
    let file = try CacheFileWriter(path)
    try file.write(Digest(of: encoder.bytes).bytes)
    try file.write(encoder.bytes)
    try file.finish()
  }
}
