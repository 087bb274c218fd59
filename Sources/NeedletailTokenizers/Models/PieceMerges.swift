/// Which neighbouring symbols of a SentencePiece model become one, and when.
///
/// Two symbols are merged where their text together is a piece: the piece of the highest score first, the leftmost of
/// several.
/// Symbols are ids of the vocabulary. Characters that are no piece, but begin or end one, have ids after its end.
struct PieceMerges: Sendable {
  private let table: MergeTable
  /// The symbol of each ASCII character, and of the others that have one.
  private let ascii: [Int32]
  private let others: [UInt32: Int32]
  /// Pieces that are taken apart again after merging; `nil` where there are none.
  private let unused: Set<Int32>?
  /// Symbols below are pieces.
  private let limit: Int32
  /// Where a text can be cut before it is merged, as no piece reaches over such a place.
  private let cutsBeforeMarks: Bool
  private let cutsAfterMarks: Bool

  private static let mark: UInt32 = 0x2581
  /// No symbol: a character that is no part of any merge.
  private static let none = Int32.min
  /// How many bytes are hashed to find the halves of pieces; a file made of very long pieces is refused.
  static let longestSearch = 1 << 31

  /// - Parameters:
  ///   - scores: The score of each id.
  ///   - isNormal: Whether an id is a piece that texts can be merged to.
  ///   - isUnused: Whether such a piece is taken apart again.
  init(
    _ vocabulary: Vocabulary, scores: [Float], isNormal: (Int) -> Bool, isUnused: (Int) -> Bool
  ) throws(Vocabulary.Problem) {
    let normal = (0..<vocabulary.limit).filter(isNormal)
    var symbols: [UInt32: Int32] = [:]
    var unused: Set<Int32> = []
    var ranks: [Float: UInt32] = [:]
    for (rank, score) in Set(normal.map { scores[$0] }).sorted(by: >).enumerated() { ranks[score] = UInt32(rank) }
    var cuts = (before: true, after: true)
    var pairs = 0
    var next = Int32(truncatingIfNeeded: vocabulary.limit)
    for id in normal {
      if isUnused(id) { unused.insert(Int32(truncatingIfNeeded: id)) }
      guard let bytes = vocabulary.bytes(id).map(Array.init) else { continue }
      if Self.isOneScalar(bytes[...]) { symbols[bytes.scalar(at: 0).0] = Int32(truncatingIfNeeded: id) }
    }
    for id in normal {
      guard let bytes = vocabulary.bytes(id).map(Array.init), !Self.isOneScalar(bytes[...]) else { continue }
      var previous: UInt32?
      var index = 0
      while index < bytes.count {
        let (scalar, length) = bytes.scalar(at: index)
        if let previous {
          pairs += 1
          if previous != Self.mark, scalar == Self.mark { cuts.before = false }
          if previous == Self.mark, scalar != Self.mark { cuts.after = false }
        }
        index += length
        if previous == nil || index == bytes.count, symbols[scalar] == nil {
          symbols[scalar] = next
          next += 1
        }
        previous = scalar
      }
    }
    var table = MergeTable(capacity: pairs)
    var searched = 0
    for id in normal {
      guard let bytes = vocabulary.bytes(id), !Self.isOneScalar(bytes), let rank = ranks[scores[id]] else { continue }
      let merge = Merge(rank: rank, id: Int32(truncatingIfNeeded: id))
      var hash = ByteHash()
      let word = Array(bytes)
      for end in 1..<word.count {
        hash.add(word[end - 1])
        guard word[end] & 0xC0 != 0x80 else { continue }
        let left =
          Self.isOneScalar(word[..<end])
          ? symbols[word.scalar(at: 0).0]
          : vocabulary.id(word, 0..<end, hash: hash).flatMap { isNormal($0) ? Int32(truncatingIfNeeded: $0) : nil }
        guard let left else { continue }
        searched += word.count - end
        guard searched < Self.longestSearch else {
          throw Vocabulary.Problem(message: "the pieces are too long to be merged from their parts")
        }
        let right =
          Self.isOneScalar(word[end...])
          ? symbols[word.scalar(at: end).0]
          : vocabulary.id(word[end...]).flatMap { isNormal($0) ? Int32(truncatingIfNeeded: $0) : nil }
        if let right { table.set(left, right, merge) }
      }
    }
    self.table = table
    self.unused = unused.isEmpty ? nil : unused
    limit = Int32(truncatingIfNeeded: vocabulary.limit)
    ascii = (0..<128).map { symbols[$0] ?? Self.none }
    others = symbols
    cutsBeforeMarks = cuts.before && unused.isEmpty
    cutsAfterMarks = cuts.after && unused.isEmpty
  }

  private static func isOneScalar(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let lead = bytes.first else { return false }
    return bytes.count == (lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4)
  }

  /// Calls `emit` with the id and the length in bytes of every piece of a text in UTF-8.
  ///
  /// - Complexity: O(n log n) for n bytes.
  func symbols(of bytes: [UInt8], _ model: PieceModel, _ emit: (Int32, Int) -> Void) {
    var buffer = MergeBuffer()
    func flush() {
      if unused != nil {
        resegment(buffer.symbols, model, emit)
      } else {
        buffer.merge(table)
        for symbol in buffer.symbols { emit(piece(symbol.id, model), Int(symbol.length)) }
      }
      buffer.clear()
    }
    var followsMark: Bool?
    var start = 0
    while start < bytes.count {
      let (length, isProtected) = model.symbolLength(bytes, start)
      if isProtected {
        buffer.append(-2 - model.id(bytes[start..<(start + length)]), length: length)
        followsMark = nil
      } else {
        let scalar = bytes.scalar(at: start).0
        let isMark = scalar == Self.mark
        if let followsMark, isMark != followsMark, isMark ? cutsBeforeMarks : cutsAfterMarks { flush() }
        buffer.append(scalar < 0x80 ? ascii[Int(scalar)] : others[scalar] ?? Self.none, length: length)
        followsMark = isMark
      }
      start += length
    }
    flush()
  }

  /// The id of a symbol: protected pieces are counted down from −2.
  @inline(__always)
  private func piece(_ symbol: Int32, _ model: PieceModel) -> Int32 {
    if symbol <= -2, symbol != Self.none { return -2 - symbol }
    return symbol >= 0 && symbol < limit ? symbol : model.unknown
  }

  /// Merges, then takes unused pieces apart the way that SentencePiece last saw them put together in this text.
  private func resegment(_ initial: [MergeBuffer.Symbol], _ model: PieceModel, _ emit: (Int32, Int) -> Void) {
    struct Parts {
      var left: MergeBuffer.Symbol
      var right: MergeBuffer.Symbol
    }
    var symbols = initial
    var history: [Int32: Parts] = [:]
    var queue = MergeQueue()
    var previous = symbols.indices.map { $0 - 1 }
    var next = symbols.indices.map { $0 + 1 }
    func offer(_ left: Int, _ right: Int) {
      guard left >= 0, right < symbols.count, let merge = table.find(symbols[left].id, symbols[right].id)
      else { return }
      queue.push(MergeQueue.Candidate(rank: merge.rank, position: left, id: merge.id))
      if unused?.contains(merge.id) == true { history[merge.id] = Parts(left: symbols[left], right: symbols[right]) }
    }
    for index in symbols.indices.dropFirst() { offer(index - 1, index) }
    while let top = queue.pop() {
      let left = top.position
      let right = next[left]
      guard symbols[left].length > 0, right < symbols.count,
        table.find(symbols[left].id, symbols[right].id)?.id == top.id
      else { continue }
      symbols[left].id = top.id
      symbols[left].length += symbols[right].length
      symbols[right].length = 0
      next[left] = next[right]
      if next[left] < symbols.count { previous[next[left]] = left }
      offer(previous[left], left)
      offer(left, next[left])
    }
    var work: [MergeBuffer.Symbol] = []
    for symbol in symbols where symbol.length > 0 {
      work.append(symbol)
      while let part = work.popLast() {
        if let parts = history[part.id] {
          work.append(parts.right)
          work.append(parts.left)
        } else {
          emit(piece(part.id, model), Int(part.length))
        }
      }
    }
  }
}
