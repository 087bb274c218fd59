/// Which tokens of one or two texts stay, and which parts overflow.
struct TruncationPlan {
  /// For each text the tokens that stay, then the overflowing parts in order.
  let windows: [[Range<Int>]]

  /// - Parameters:
  ///   - counts: How many tokens each of the one or two texts has.
  ///   - specials: How many special tokens will be added.
  init(counts: [Int], specials: Int, truncation: Truncation?) throws(TokenizerError) {
    guard let truncation else {
      windows = counts.map { [0..<$0] }
      return
    }
    let limits = try Self.limits(counts, specials, truncation)
    var windows: [[Range<Int>]] = []
    for (count, limit) in zip(counts, limits) {
      windows.append(try Self.windows(count: count, limit: limit, truncation))
    }
    self.windows = windows
    // Every part of the first text meets every part of the second.
    guard windows.reduce(1, { $0 * min($1.count, 1 << 20) }) <= 1 << 20 else {
      throw Self.error("the pair overflows into more than \(1 << 20) parts; use a larger maximum length")
    }
  }

  /// How many tokens of the text are left room for.
  static func room(_ truncation: Truncation, specials: Int) throws(TokenizerError) -> Int {
    let room = truncation.maximumLength - specials
    guard room >= 0 else {
      throw error("a maximum length of \(truncation.maximumLength) has no room for \(specials) special tokens")
    }
    guard truncation.stride >= 0, truncation.stride == 0 || truncation.stride < room else {
      throw error("a stride of \(truncation.stride) is not below the \(room) tokens that are left for the text")
    }
    return room
  }

  private static func limits(
    _ counts: [Int], _ specials: Int, _ truncation: Truncation
  ) throws(TokenizerError) -> [Int] {
    let room = try room(truncation, specials: specials)
    let total = counts.reduce(0, +)
    if room == 0 { return counts.map { _ in 0 } }
    guard total > room else { return counts }
    switch truncation.strategy {
    case .longestFirst:
      guard counts.count == 2 else { return [room] }
      return longestFirst(counts, room)
    case .onlyFirst, .onlySecond:
      let target = truncation.strategy == .onlyFirst ? 0 : 1
      guard target < counts.count else { throw error("there is no second text to truncate") }
      guard counts[target] > total - room else {
        throw error("cutting only the \(target == 0 ? "first" : "second") text cannot reach the maximum length")
      }
      var limits = counts
      limits[target] -= total - room
      return limits
    }
  }

  private static func longestFirst(_ counts: [Int], _ room: Int) -> [Int] {
    var short = min(counts[0], counts[1])
    var long = short > room ? short : max(short, room - short)
    if short + long > room {
      short = room / 2
      long = short + room % 2
    }
    return counts[0] > counts[1] ? [long, short] : [short, long]
  }

  private static func windows(count: Int, limit: Int, _ truncation: Truncation) throws(TokenizerError) -> [Range<Int>] {
    guard limit < count else { return [0..<count] }
    guard limit > 0 else { return [0..<0, 0..<count] }
    guard truncation.stride < limit else {
      throw error("a stride of \(truncation.stride) is not below the \(limit) tokens that are left for a text")
    }
    let step = limit - truncation.stride
    var windows: [Range<Int>] = []
    switch truncation.direction {
    case .right:
      for start in Swift.stride(from: 0, to: count, by: step) {
        windows.append(start..<min(start + limit, count))
        if start + limit >= count { break }
      }
    case .left:
      for end in Swift.stride(from: count, to: 0, by: -step) {
        windows.append(max(0, end - limit)..<end)
        if end <= limit { break }
      }
    }
    return windows
  }

  private static func error(_ message: String) -> TokenizerError {
    TokenizerError(.invalidTruncation, message, subject: "truncation")
  }
}
