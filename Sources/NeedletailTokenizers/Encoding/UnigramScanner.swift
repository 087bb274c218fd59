/// Normalizing, splitting and looking up over UTF-8, for the plain pipelines of Unigram models.
///
/// Gives the ids of the stage-by-stage way, or gives up where an added token stands in the text.
struct UnigramScanner: Sendable {
  private let model: Unigram
  private var map: CharacterMap?
  private var stripsLeft = false
  private var stripsRight = false
  /// Whether white space at the end goes once the rules are applied.
  private var stripsAfterRules = false
  /// The shortest run of spaces that becomes one mark.
  private var shortestRun = Int.max
  private var splitsAtWhitespace = false
  /// Added tokens by their first byte.
  private let added: [[[UInt8]]]

  private static let mark: [UInt8] = [0xE2, 0x96, 0x81]

  /// `nil` where the pipeline is another one.
  init?(added: AddedTokens, normalizer: Normalizer?, preTokenizer: PreTokenizer?, model: TokenModel) {
    guard case .unigram(let model) = model, added.tokens.allSatisfy({ !$0.isNormalized }) else { return nil }
    self.model = model
    var lists: [[[UInt8]]] = Array(repeating: [], count: 256)
    for token in added.tokens {
      let bytes = Array(token.content.utf8)
      if let first = bytes.first { lists[Int(first)].append(bytes) }
    }
    self.added = lists
    switch preTokenizer {
    case .metaspace(let metaspace): guard Self.isPlain(metaspace) else { return nil }
    case .sequence(let stages):
      guard case .metaspace(let metaspace) = stages.last, Self.isPlain(metaspace) else { return nil }
      switch stages.count {
      case 1: break
      case 2:
        guard case .whitespaceSplit = stages[0] else { return nil }
        splitsAtWhitespace = true
      default: return nil
      }
    default: return nil
    }
    guard readNormalizer(normalizer) else { return nil }
  }

  private static func isPlain(_ metaspace: Metaspace) -> Bool {
    metaspace.mark == 0x2581 && metaspace.scheme == .always && metaspace.splits
  }

  /// Takes a strip, the rules, a strip on the right and a replacement of runs, in this order.
  private mutating func readNormalizer(_ normalizer: Normalizer?) -> Bool {
    var stages: [Normalizer] = []
    switch normalizer {
    case nil: return true
    case .sequence(let list): stages = list
    case .some(let single): stages = [single]
    }
    var rest = stages[...]
    if case .strip(let left, let right) = rest.first {
      guard case .characterMap = rest.dropFirst().first else { return false }
      (stripsLeft, stripsRight) = (left, right)
      rest.removeFirst()
    }
    if case .characterMap(let map) = rest.first {
      self.map = map
      rest.removeFirst()
    }
    if case .strip(false, true) = rest.first, !stripsLeft, !stripsRight {
      stripsAfterRules = true
      rest.removeFirst()
    }
    if case .replaceRuns(of: 0x20, atLeast: let minimum, content: let content) = rest.first {
      guard content == [0x20] || content == [0x2581] && !splitsAtWhitespace else { return false }
      shortestRun = minimum
      rest.removeFirst()
    }
    return rest.isEmpty
  }

  /// Adds the ids of a text.
  ///
  /// - Parameters:
  ///   - bytes: Well-formed UTF-8.
  ///   - limit: Where to stop: at least this many ids are written unless the text has fewer.
  /// - Returns: Whether the text could be read this way; if not, nothing was added.
  func scan(_ bytes: [UInt8], limit: Int, _ room: inout UnigramRoom, into ids: inout [Int32]) -> Bool {
    guard !holdsAddedToken(bytes) else { return false }
    var range = 0..<bytes.count
    if stripsLeft || stripsRight { range = Self.stripped(bytes, range, left: stripsLeft, right: stripsRight) }
    guard let map else {
      split(bytes, range, limit: limit, &room.lattice, into: &ids)
      return true
    }
    map.rewrite(bytes, range, &room)
    let whole = 0..<room.normalized.count
    split(
      room.normalized, stripsAfterRules ? Self.stripped(room.normalized, whole, left: false, right: true) : whole,
      limit: limit, &room.lattice, into: &ids)
    return true
  }

  private func holdsAddedToken(_ bytes: [UInt8]) -> Bool {
    for index in bytes.indices where !added[Int(bytes[index])].isEmpty {
      for token in added[Int(bytes[index])] where bytes[index...].starts(with: token) { return true }
    }
    return false
  }

  /// A range without the white space at its ends.
  private static func stripped(_ bytes: [UInt8], _ range: Range<Int>, left: Bool, right: Bool) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while left, start < end {
      let (scalar, length) = bytes.scalar(at: start)
      guard ScalarProperties(scalar).isWhitespace else { break }
      start += length
    }
    while right, start < end {
      var last = end - 1
      while bytes[last] & 0xC0 == 0x80 { last -= 1 }
      guard ScalarProperties(bytes.scalar(at: last).0).isWhitespace else { break }
      end = last
    }
    return start..<end
  }

  /// Splits normalized text before marks and at spaces, and adds the ids of every piece.
  private func split(
    _ bytes: [UInt8], _ range: Range<Int>, limit: Int, _ lattice: inout UnigramLattice, into ids: inout [Int32]
  ) {
    let stop = limit > Int.max - ids.count ? Int.max : ids.count + limit
    lattice.bytes.removeAll(keepingCapacity: true)
    var index = range.lowerBound
    func begin(_ lattice: inout UnigramLattice, _ ids: inout [Int32]) {
      if !lattice.bytes.isEmpty { model.appendIDs(&lattice, into: &ids) }
      lattice.bytes.removeAll(keepingCapacity: true)
    }
    while index < range.upperBound, ids.count < stop {
      let byte = bytes[index]
      if byte == 0x20, !splitsAtWhitespace {
        var end = index + 1
        while end < range.upperBound, bytes[end] == 0x20 { end += 1 }
        for _ in 0..<(end - index >= shortestRun ? 1 : end - index) {
          begin(&lattice, &ids)
          lattice.bytes += Self.mark
        }
        index = end
        continue
      }
      if byte == 0xE2, index + 2 < range.upperBound, bytes[index + 1] == 0x96, bytes[index + 2] == 0x81 {
        begin(&lattice, &ids)
        lattice.bytes += Self.mark
        index += 3
        continue
      }
      let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      if splitsAtWhitespace, byte <= 0x20 || length > 1, ScalarProperties(bytes.scalar(at: index).0).isWhitespace {
        begin(&lattice, &ids)
        index += length
        continue
      }
      if lattice.bytes.isEmpty { lattice.bytes += Self.mark }
      for offset in 0..<length { lattice.bytes.append(bytes[index + offset]) }
      index += length
    }
    if ids.count < stop { begin(&lattice, &ids) }
  }
}

/// The room that a ``UnigramScanner`` needs, kept between texts.
struct UnigramRoom {
  var lattice = UnigramLattice()
  /// What the rules made of the text.
  var normalized: [UInt8] = []
  /// Scalars of a stretch that clusters have to be found in.
  var scalars: [UInt32] = []
}

extension CharacterMap {
  /// Rewrites a range of well-formed UTF-8 into `room.normalized`, as ``apply(to:)`` rewrites scalars.
  func rewrite(_ bytes: [UInt8], _ range: Range<Int>, _ room: inout UnigramRoom) {
    room.normalized.removeAll(keepingCapacity: true)
    let end = range.upperBound
    var index = range.lowerBound
    while index < end {
      // What no rule touches is copied.
      while index < end, isPlain(bytes, index, end) {
        room.normalized.append(bytes[index])
        index += 1
      }
      guard index < end else { break }
      // Clusters end before an ASCII character, but for a line feed and after what joins to the right.
      room.scalars.removeAll(keepingCapacity: true)
      while index < end {
        let (scalar, length) = bytes.scalar(at: index)
        room.scalars.append(scalar)
        index += length
        if length == 1, scalar != 0x0D, index == end || bytes[index] < 0x80 { break }
      }
      appendRewritten(room.scalars, into: &room.normalized)
    }
  }

  @inline(__always)
  private func isPlain(_ bytes: [UInt8], _ index: Int, _ end: Int) -> Bool {
    let byte = bytes[index]
    guard byte < 0x80, byte != 0x0D, keeps(ascii: UInt32(byte)) else { return false }
    return index + 1 == end || bytes[index + 1] < 0x80
  }
}
