/// Some passages of a file and their vectors: what a cache file consists of, one or more.
struct VectorSection: Sendable {
  /// How many passages there are.
  let count: Int
  /// `[count, dimension]`.
  let vectors: [Float]
  /// The passages, encoded one after the other.
  private let encoded: [UInt8]

  init(_ passages: some Collection<Passage>, vectors: [Float]) {
    var encoder = ByteEncoder()
    for passage in passages {
      encoder.add(UInt32(clamping: passage.firstLine))
      encoder.add(UInt32(clamping: passage.lastLine))
      encoder.add(Array(passage.text.utf8))
      encoder.add(passage.id)
      encoder.add(passage.metadata)
      encoder.add(UInt32(passage.marks.count))
      for mark in passage.marks {
        encoder.add(UInt32(clamping: mark.offset))
        encoder.add(UInt32(clamping: mark.line))
      }
    }
    count = passages.count
    self.vectors = vectors
    encoded = encoder.bytes
  }

  private init(count: Int, vectors: [Float], encoded: [UInt8]) {
    self.count = count
    self.vectors = vectors
    self.encoded = encoded
  }

  /// The passages, decoded.
  var passages: [Passage]? {
    var decoder = ByteDecoder(encoded)
    var passages: [Passage] = []
    for _ in 0..<count {
      guard let first = decoder.integer(UInt32.self), let last = decoder.integer(UInt32.self),
        let text = decoder.text(), let id = decoder.optionalText(), let metadata = decoder.optionalText(),
        let markCount = decoder.integer(UInt32.self)
      else { return nil }
      var marks: [TextBlock.Mark] = []
      for _ in 0..<markCount {
        guard let offset = decoder.integer(UInt32.self), let line = decoder.integer(UInt32.self) else { return nil }
        marks.append(TextBlock.Mark(offset: Int(offset), line: Int(line)))
      }
      passages.append(
        Passage(firstLine: Int(first), lastLine: Int(last), text: text, id: id, metadata: metadata, marks: marks))
    }
    return passages
  }

  // MARK: The form on disk: header, digest of everything else, vectors, passages

  private static let magic: UInt32 = 0x3256_544E
  private static let headerSize = 24 + Digest.count

  /// Writes the section.
  func write(to file: CacheFileWriter, dimension: Int) throws(FileSearchError) {
    var header = ByteEncoder()
    header.add(Self.magic)
    header.add(UInt32(dimension))
    header.add(UInt64(count))
    header.add(UInt64(encoded.count))
    header.addRaw(Digest(of: header.bytes, vectors, encoded).bytes)
    try file.write(header.bytes)
    try file.write(vectors)
    try file.write(encoded)
  }

  /// Reads the next section.
  ///
  /// - Returns: `nil` where the bytes are not those that were written.
  init?(readingFrom file: CacheFileReader, dimension: Int) {
    guard let head = file.bytes(Self.headerSize) else { return nil }
    var header = ByteDecoder(head)
    guard header.integer(UInt32.self) == Self.magic, header.integer(UInt32.self) == UInt32(dimension),
      let count = header.integer(UInt64.self), let size = header.integer(UInt64.self),
      count <= file.remaining / (4 * dimension), size <= file.remaining,
      let vectors = file.floats(Int(count) * dimension), let encoded = file.bytes(Int(size)),
      Digest(of: Array(head.prefix(24)), vectors, encoded).bytes == Array(head.suffix(Digest.count))
    else { return nil }
    self.count = Int(count)
    self.vectors = vectors
    self.encoded = encoded
  }
}

// MARK: The last section, which holds no passages but what was passed over

extension VectorSection {
  /// The section that ends a cache file.
  ///
  /// - Parameter subject: The path of the searched file, which is not part of its content.
  init(ending warnings: [FileSearchError], subject: String) {
    var encoder = ByteEncoder()
    encoder.add(UInt32(warnings.count))
    for warning in warnings {
      encoder.add(Array(warning.code.name.utf8))
      encoder.add(Array((warning.subject.hasPrefix(subject) ? warning.subject.dropFirst(subject.count) : "").utf8))
      encoder.add(Array(warning.message.utf8))
    }
    self.init(count: 0, vectors: [], encoded: encoder.bytes)
  }

  /// What was passed over in the file whose vectors these are.
  func warnings(_ subject: String) -> [FileSearchError]? {
    var decoder = ByteDecoder(encoded)
    guard let count = decoder.integer(UInt32.self) else { return nil }
    var warnings: [FileSearchError] = []
    for _ in 0..<count {
      guard let code = decoder.text(), let place = decoder.text(), let message = decoder.text() else { return nil }
      warnings.append(FileSearchError(FileSearchError.Code(name: code), subject + place, message))
    }
    return warnings
  }
}
