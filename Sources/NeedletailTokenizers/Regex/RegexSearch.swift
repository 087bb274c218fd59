/// The search of one text within bounds.
///
/// The engine tries every place and takes things back, so some expressions need time that grows with the square of a
/// text or faster. Attempts are therefore made with few steps first and on a window of the text; what needs more is
/// tried again with twice as much, and all of that is paid from a budget that grows with the text. An expression that
/// uses it up on a text ends with an error.
struct RegexSearch: ~Copyable {
  private let pattern: String
  private let letters: [UInt32]
  private var engine: RegexEngine
  /// How many more steps and letters the whole search may take beyond the usual ones.
  private var budget: Int

  /// What every attempt may take: steps, and letters of a long text.
  private static let usualSteps = 256
  private static let usualWindow = 1024
  private static let baseBudget = 2 << 20
  private static let budgetPerLetter = 64

  init(_ regex: Regex, _ letters: [UInt32]) {
    pattern = regex.pattern
    self.letters = letters
    engine = RegexEngine(regex)
    budget = Self.baseBudget + Self.budgetPerLetter * letters.count
  }

  /// The first match that begins at a position or after it.
  ///
  /// - Throws: ``TokenizerError`` with code `.patternLimit` where that would take too long.
  mutating func first(from start: Int) throws(TokenizerError) -> Range<Int>? {
    var start = start
    while true {
      let end = letters.count - start <= Self.usualWindow ? letters.count : start + Self.usualWindow
      switch engine.search(letters, from: start, end: end, isAnchored: false, steps: Self.usualSteps) {
      case .match(let match):
        // What begins at the end of the window is looked at again with what follows it.
        if match.lowerBound < end || end == letters.count { return match }
        start = end
      case .none:
        if end == letters.count { return nil }
        start = end
      case .needsMore(let place):
        // Only the attempt at that place may read on: those after it would each read as much again.
        start = max(start, place)
        if let match = try match(at: start) { return match }
        start += 1
      case .limited:
        // One of the attempts in the window takes many steps: one place after another, then.
        for place in start...max(start, end - 1) {
          if let match = try match(at: place) { return match }
        }
        if end == letters.count { return start < end ? try match(at: end) : nil }
        start = end
      }
    }
  }

  /// The match that begins at a place, with as many steps as it takes.
  private mutating func match(at place: Int) throws(TokenizerError) -> Range<Int>? {
    var steps = Self.usualSteps
    var window = Self.usualWindow
    while true {
      let end = letters.count - place <= window ? letters.count : place + window
      switch engine.search(letters, from: place, end: end, isAnchored: true, steps: steps) {
      case .match(let match): return match
      case .none: return nil
      case .needsMore:
        window *= 2
        try spend(window)
      case .limited:
        steps *= 2
        try spend(steps)
      }
    }
  }

  private mutating func spend(_ cost: Int) throws(TokenizerError) {
    budget -= cost
    if budget < 0 {
      throw TokenizerError(
        .patternLimit,
        "the regular expression \"\(pattern)\" takes too many steps on a text of \(letters.count) characters",
        subject: "text")
    }
  }
}
