/// Greedy longest match from the left (Schuster and Nakajima 2012, doi:10.1109/ICASSP.2012.6289079).
struct WordPiece: Sendable {
  let vocabulary: Vocabulary
  let unknown: Int32
  /// What tokens inside a word begin with in the vocabulary: `##`.
  let prefix: [UInt8]
  /// Longer pieces, counted in scalars, are unknown.
  let maximumScalars: Int
  /// Tokens that begin with the prefix, by their bytes after it.
  private let continuations: ByteTable
  /// The longest of them in bytes, prefix excluded.
  private let longestContinuation: Int

  init(vocabulary: Vocabulary, unknown: Int32, prefix: [UInt8], maximumScalars: Int) throws(Vocabulary.Problem) {
    var table = ByteTable(capacity: vocabulary.count)
    var longest = 0
    for id in 0..<vocabulary.limit {
      guard let bytes = vocabulary.bytes(id), bytes.starts(with: prefix) else { continue }
      var hash = ByteHash()
      for byte in bytes.dropFirst(prefix.count) { hash.add(byte) }
      guard table.insert(hash, id: id) else {
        throw Vocabulary.Problem(message: "too many tokens of the vocabulary share one hash")
      }
      longest = max(longest, bytes.count - prefix.count)
    }
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.prefix = prefix
    self.maximumScalars = maximumScalars
    continuations = table
    longestContinuation = longest
  }

  /// The plain way, kept as the oracle of ``split(_:hash:hashes:emit:)``.
  func tokenize(_ piece: ArraySlice<UInt32>, into tokens: inout [ModelToken]) {
    let first = tokens.count
    guard piece.count <= maximumScalars else {
      tokens.append(ModelToken(id: unknown, range: 0..<piece.count))
      return
    }
    var start = 0
    while start < piece.count {
      var end = piece.count
      var found: Int?
      // No token has more scalars than bytes.
      end = min(end, start + max(vocabulary.longest, 1))
      while start < end {
        var bytes: [UInt8] = start > 0 ? prefix : []
        for scalar in piece[(piece.startIndex + start)..<(piece.startIndex + end)] { bytes.appendUTF8(scalar) }
        found = vocabulary.id(bytes)
        if found != nil { break }
        end -= 1
      }
      guard let found else {
        tokens.removeLast(tokens.count - first)
        tokens.append(ModelToken(id: unknown, range: 0..<piece.count))
        return
      }
      tokens.append(ModelToken(id: Int32(found), range: start..<end))
      start = end
    }
  }

  /// The fast way: the ids of one word in UTF-8 that is not longer than ``maximumScalars``.
  ///
  /// - Parameters:
  ///   - hash: The hash of the whole word.
  ///   - hashes: Room for the hashes of prefixes, kept between calls.
  @inline(__always)
  func split(_ word: [UInt8], _ length: Int, hash: ByteHash, hashes: inout [ByteHash], into ids: inout [Int32]) {
    if let id = vocabulary.id(word, 0..<length, hash: hash) {
      ids.append(Int32(truncatingIfNeeded: id))
    } else {
      splitRare(word, length, hashes: &hashes, into: &ids)
    }
  }

  private func splitRare(_ word: [UInt8], _ length: Int, hashes: inout [ByteHash], into ids: inout [Int32]) {
    let first = ids.count
    var start = 0
    while start < length {
      let longest = min(start == 0 ? vocabulary.longest : longestContinuation, length - start)
      hashes.removeAll(keepingCapacity: true)
      var hash = ByteHash()
      for offset in 0..<longest {
        hash.add(word[start + offset])
        hashes.append(hash)
      }
      var size = longest
      var found: Int?
      while size > 0 {
        let end = start + size
        if end == length || word[end] & 0xC0 != 0x80 {
          let range = start..<end
          found =
            start == 0
            ? vocabulary.id(word, range, hash: hashes[size - 1])
            : continuations.find(hashes[size - 1]) { vocabulary.matches($0, skipping: prefix.count, word, range) }
          if found != nil { break }
        }
        size -= 1
      }
      guard let found else {
        ids.removeLast(ids.count - first)
        ids.append(unknown)
        return
      }
      ids.append(Int32(truncatingIfNeeded: found))
      start += size
    }
  }
}
