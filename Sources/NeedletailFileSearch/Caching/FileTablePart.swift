/// One part of a ``FileTable``: entries of one size in the order of their keys, found by halving.
struct FileTablePart: Sendable {
  private let records: [UInt8]
  private var count: Int { records.count / Self.recordSize }

  /// A key, five numbers, the day and the digest.
  private static let recordSize = 16 + 40 + 4 + Digest.count
  private static let magic: UInt32 = 0x3246_544E
  /// More entries than these are not kept; those unused for longest go first.
  private static let limit = 2_048

  /// Reads a part; an empty one where there is none or it is damaged.
  init(_ path: String) {
    guard let file = CacheFileReader(path), let digest = file.bytes(Digest.count),
      let content = file.bytes(file.remaining), Digest(of: content).bytes == digest
    else {
      records = []
      return
    }
    var header = ByteDecoder(content.prefix(4))
    let isWhole = header.integer(UInt32.self) == Self.magic && (content.count - 4) % Self.recordSize == 0
    records = isWhole ? Array(content.dropFirst(4)) : []
  }

  private init(records: [UInt8]) { self.records = records }

  /// What is known about a file.
  func entry(_ key: FileTable.Key) -> FileTable.Entry? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self.key(middle) < key { low = middle + 1 } else { high = middle }
    }
    return low < count && self.key(low) == key ? entry(at: low) : nil
  }

  private func number(_ offset: Int) -> UInt64 {
    records[offset..<(offset + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func key(_ index: Int) -> FileTable.Key {
    FileTable.Key(high: number(index * Self.recordSize), low: number(index * Self.recordSize + 8))
  }

  private func entry(at index: Int) -> FileTable.Entry? {
    let start = index * Self.recordSize
    var decoder = ByteDecoder(records[(start + 16)..<(start + Self.recordSize)])
    guard let size = decoder.integer(Int64.self), let modified = decoder.integer(Int64.self),
      let changed = decoder.integer(Int64.self), let inode = decoder.integer(UInt64.self),
      let device = decoder.integer(UInt64.self), let day = decoder.integer(UInt32.self),
      let digest = decoder.bytes(Digest.count).flatMap(Digest.init(bytes:))
    else { return nil }
    let status = FileStatus.Fingerprint(
      size: Int(size), modified: Int(modified), changed: Int(changed), inode: inode, device: device)
    return FileTable.Entry(status: status, digest: digest, day: day)
  }

  /// This part with newer entries over its own.
  func merged(with changes: [FileTable.Key: FileTable.Entry]) -> FileTablePart {
    let changes = changes.sorted { $0.key < $1.key }
    var merged = ByteEncoder()
    var next = 0
    for (key, entry) in changes {
      let start = next
      while next < count, self.key(next) < key { next += 1 }
      merged.addRaw(Array(records[(start * Self.recordSize)..<(next * Self.recordSize)]))
      if next < count, self.key(next) == key { next += 1 }
      Self.add(key, entry, to: &merged)
    }
    merged.addRaw(Array(records[(next * Self.recordSize)...]))
    return FileTablePart(records: merged.bytes).shortened()
  }

  /// Without the entries that were unused for longest, where there are too many.
  private func shortened() -> FileTablePart {
    guard count > Self.limit else { return self }
    let days = (0..<count).map { number(($0 + 1) * Self.recordSize - Digest.count - 4) & 0xFFFF_FFFF }
    let kept = (0..<count).sorted { days[$0] > days[$1] }.prefix(Self.limit).sorted()
    return FileTablePart(
      records: kept.flatMap { records[($0 * Self.recordSize)..<(($0 + 1) * Self.recordSize)] })
  }

  private static func add(_ key: FileTable.Key, _ entry: FileTable.Entry, to encoder: inout ByteEncoder) {
    encoder.add(key.high)
    encoder.add(key.low)
    encoder.add(Int64(entry.status.size))
    encoder.add(Int64(entry.status.modified))
    encoder.add(Int64(entry.status.changed))
    encoder.add(entry.status.inode)
    encoder.add(entry.status.device)
    encoder.add(entry.day)
    encoder.addRaw(entry.digest.bytes)
  }

  /// Writes the part.
  func write(to path: String) throws(FileSearchError) {
    var encoder = ByteEncoder()
    encoder.add(Self.magic)
    encoder.addRaw(records)
    let file = try VectorCache.writer(path)
    try file.write(Digest(of: encoder.bytes).bytes)
    try file.write(encoder.bytes)
    try file.finish()
  }
}
