/// A shell pattern over the bytes of a path: `*`, `?`, `[…]`, backslash escapes, and `**` for any number of folders.
///
/// Matching keeps the set of positions that the pattern can be at, so that its time is at most pattern length × path
/// length whatever the pattern.
struct Glob: Sendable {
  private enum Token: Sendable, Equatable {
    case byte(UInt8)
    /// Any byte but a slash.
    case one
    /// Any bytes but slashes.
    case star
    /// Any bytes.
    case anything
    /// May skip the token after it.
    case optional
    /// Any bytes that end in a slash.
    case throughSlash
    case set(ByteSet)
  }

  /// The tokens; `nil` for a pattern that can match nothing, such as one with an unfinished class.
  private let tokens: [Token]?
  /// The bytes of a pattern that has no special ones.
  private let literal: [UInt8]?

  /// Reads a pattern.
  init(_ pattern: ArraySlice<UInt8>) {
    // A path is never longer than a few thousand bytes; so is every pattern that means one.
    tokens = pattern.count <= 16_384 ? Self.parse(Array(pattern)) : nil
    var bytes: [UInt8] = []
    for token in tokens ?? [] { if case .byte(let byte) = token { bytes.append(byte) } }
    literal = bytes.count == tokens?.count ? bytes : nil
  }

  /// Whether the whole of `path` matches.
  func matches(_ path: ArraySlice<UInt8>) -> Bool {
    if let literal { return path.elementsEqual(literal) }
    guard let tokens else { return false }
    var places = [Bool](repeating: false, count: tokens.count + 1)
    places[0] = true
    Self.skip(tokens, &places)
    for byte in path {
      var next = [Bool](repeating: false, count: places.count)
      var isAlive = false
      for place in tokens.indices where places[place] {
        isAlive = true
        switch tokens[place] {
        case .byte(let wanted): if byte == wanted { next[place + 1] = true }
        case .one: if byte != slash { next[place + 1] = true }
        case .star: if byte != slash { next[place] = true }
        case .anything: next[place] = true
        case .optional: break
        case .throughSlash:
          next[place] = true
          if byte == slash { next[place + 1] = true }
        case .set(let set): if byte != slash && set.contains(byte) { next[place + 1] = true }
        }
      }
      guard isAlive else { return false }
      Self.skip(tokens, &next)
      places = next
    }
    return places[tokens.count]
  }

  /// Adds the places that are reached without reading a byte.
  private static func skip(_ tokens: [Token], _ places: inout [Bool]) {
    for place in tokens.indices where places[place] {
      switch tokens[place] {
      case .star, .anything: places[place + 1] = true
      case .optional:
        places[place + 1] = true
        places[place + 2] = true
      default: break
      }
    }
  }

  private static func parse(_ pattern: [UInt8]) -> [Token]? {
    var tokens: [Token] = []
    var position = 0
    while position < pattern.count {
      switch pattern[position] {
      case UInt8(ascii: "\\"):
        guard position + 1 < pattern.count else { return nil }
        tokens.append(.byte(pattern[position + 1]))
        position += 2
      case UInt8(ascii: "?"):
        tokens.append(.one)
        position += 1
      case UInt8(ascii: "["):
        guard let (set, end) = ByteSet.parse(pattern, after: position) else { return nil }
        tokens.append(.set(set))
        position = end
      case UInt8(ascii: "*"):
        position = stars(pattern, at: position, &tokens)
      default:
        tokens.append(.byte(pattern[position]))
        position += 1
      }
    }
    return tokens
  }

  /// Reads a run of stars; two or more between slashes or ends stand for folders.
  private static func stars(_ pattern: [UInt8], at start: Int, _ tokens: inout [Token]) -> Int {
    var end = start
    while end < pattern.count, pattern[end] == UInt8(ascii: "*") { end += 1 }
    // As in git, the text before the first special byte is compared by itself, and what follows is a pattern of its own.
    let startsPattern =
      tokens.allSatisfy { if case .byte = $0 { true } else { false } }
      && !pattern[..<start].contains(UInt8(ascii: "\\"))
    let startsFolder = start == 0 || pattern[start - 1] == slash || startsPattern
    let escapedSlash = end + 1 < pattern.count && pattern[end] == UInt8(ascii: "\\") && pattern[end + 1] == slash
    if end - start >= 2, startsFolder, end == pattern.count || pattern[end] == slash || escapedSlash {
      if end < pattern.count, pattern[end] == slash {
        tokens += [.optional, .throughSlash]
        return end + 1
      }
      tokens.append(.anything)
    } else {
      tokens.append(.star)
    }
    return end
  }
}

let slash = UInt8(ascii: "/")
