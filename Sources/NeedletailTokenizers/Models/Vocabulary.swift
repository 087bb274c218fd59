/// Tokens and their ids: one arena of bytes, looked up by bytes without making a string.
///
/// Composed and decomposed spellings of a letter are different tokens, as they are in the file.
package struct Vocabulary: Sendable {
  private let arena: [UInt8]
  /// Where the token of each id starts, and where it ends; equal to `absent` for an id without a token.
  private let starts: [UInt32]
  private let ends: [UInt32]
  private let table: ByteTable
  private static let absent = UInt32.max

  /// One more than the largest id.
  package var limit: Int { starts.count }
  /// How many ids have a token.
  let count: Int
  /// The length of the longest token in bytes.
  let longest: Int

  /// What is wrong with a list of tokens.
  struct Problem: Error {
    let message: String
  }

  /// - Parameter entries: Tokens by id, `nil` for ids that have none.
  init(arena: [UInt8], ranges: [Range<Int>?], lastWins: Bool = false) throws(Problem) {
    guard arena.count < Int(UInt32.max), ranges.count < Int(Int32.max) else {
      throw Problem(message: "the vocabulary is larger than 2 GiB")
    }
    var table = ByteTable(capacity: ranges.count)
    var starts: [UInt32] = []
    var ends: [UInt32] = []
    starts.reserveCapacity(ranges.count)
    ends.reserveCapacity(ranges.count)
    var longest = 0
    var count = 0
    for range in ranges {
      starts.append(range.map { UInt32($0.lowerBound) } ?? Self.absent)
      ends.append(range.map { UInt32($0.upperBound) } ?? Self.absent)
    }
    // A vocabulary file may name a token twice; its last line wins there, so those come first.
    for step in ranges.indices {
      let id = lastWins ? ranges.count - 1 - step : step
      guard let range = ranges[id] else { continue }
      count += 1
      var hash = ByteHash()
      for index in range { hash.add(arena[index]) }
      let twin = table.find(hash) { other in
        Self.equal(arena, range, Int(starts[other])..<Int(ends[other]))
      }
      if let twin {
        if lastWins { continue }
        let token = String(decoding: arena[range], as: UTF8.self)
        throw Problem(message: "the token \"\(token)\" has two ids, \(twin) and \(id)")
      }
      guard table.insert(hash, id: id) else {
        throw Problem(message: "too many tokens of the vocabulary share one hash")
      }
      longest = max(longest, range.count)
    }
    self.arena = arena
    self.starts = starts
    self.ends = ends
    self.table = table
    self.count = count
    self.longest = longest
  }

  /// The bytes of a token.
  package func bytes(_ id: Int) -> ArraySlice<UInt8>? {
    guard starts.indices.contains(id), starts[id] != Self.absent else { return nil }
    return arena[Int(starts[id])..<Int(ends[id])]
  }

  /// The token of an id.
  package func token(_ id: Int) -> String? { bytes(id).map { String(decoding: $0, as: UTF8.self) } }

  /// The token of an id that has one.
  @inline(__always)
  func name(_ id: Int32) -> String {
    String(decoding: arena[Int(starts[Int(id)])..<Int(ends[Int(id)])], as: UTF8.self)
  }

  /// How many bytes the token of an id has that has one.
  @inline(__always)
  func length(_ id: Int32) -> Int { Int(ends[Int(id)] - starts[Int(id)]) }

  /// The id of a token.
  package func id(_ token: some Collection<UInt8>) -> Int? {
    var hash = ByteHash()
    for byte in token { hash.add(byte) }
    return table.find(hash) { id in bytes(id)?.elementsEqual(token) ?? false }
  }

  /// The id of the token that is a range of `word`, whose hash is known.
  @inline(__always)
  func id(_ word: [UInt8], _ range: Range<Int>, hash: ByteHash) -> Int? {
    table.find(hash) { id in matches(id, skipping: 0, word, range) }
  }

  /// Whether a token, after its first bytes, is a range of `word`.
  @inline(__always)
  func matches(_ id: Int, skipping skipped: Int, _ word: [UInt8], _ range: Range<Int>) -> Bool {
    let start = Int(starts[id]) + skipped
    guard Int(ends[id]) - start == range.count else { return false }
    for offset in 0..<range.count where arena[start + offset] != word[range.lowerBound + offset] { return false }
    return true
  }

  /// A trie of the tokens whose ids pass.
  func trie(of isIncluded: (Int) -> Bool) -> ByteTrie {
    var keys: [(range: Range<Int>, id: Int32)] = []
    keys.reserveCapacity(count)
    for id in 0..<limit where starts[id] != Self.absent && isIncluded(id) {
      keys.append((Int(starts[id])..<Int(ends[id]), Int32(truncatingIfNeeded: id)))
    }
    return ByteTrie(arena, keys)
  }

  private static func equal(_ arena: [UInt8], _ one: Range<Int>, _ other: Range<Int>) -> Bool {
    one.count == other.count && arena[one].elementsEqual(arena[other])
  }
}
