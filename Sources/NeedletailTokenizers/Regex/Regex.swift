internal import CPCRE2

/// A regular expression of a tokenizer, compiled once and searched from any thread.
///
/// Means what the reference library's engine (Oniguruma) makes of it; PCRE2 does the searching, on texts translated to
/// the expression's own letters. What a text may cost is bounded: see ``RegexSearch``.
final class Regex: Sendable {
  /// The expression as the file has it.
  let pattern: String
  let alphabet: RegexAlphabet
  fileprivate let code: RegexCode

  init(_ pattern: String) throws(RegexProblem) {
    let (node, hasReferences) = try RegexParser.parse(pattern)
    let (text, alphabet) = try RegexWriter.write(node, hasReferences: hasReferences)
    self.pattern = pattern
    self.alphabet = alphabet
    code = try RegexCode(text)
  }

  /// Where a text matches, in order, none overlapping, as the reference finds them.
  ///
  /// A match of no length directly after another match does not count; the search goes on one scalar later.
  func matches(in scalars: ArraySlice<UInt32>) throws(TokenizerError) -> [Range<Int>] {
    var search = RegexSearch(self, alphabet.translate(scalars))
    var result: [Range<Int>] = []
    var position = 0
    var last: Int?
    while position <= scalars.count, let match = try search.first(from: position) {
      if match.isEmpty, last == match.lowerBound {
        position += 1
        continue
      }
      result.append(match)
      position = match.upperBound
      last = position
    }
    return result
  }
}

/// Owns compiled code of PCRE2.
///
/// `@unchecked Sendable`: the code is not changed after it is compiled, and PCRE2 only reads it when it searches.
@safe
private final class RegexCode: @unchecked Sendable {
  let pointer: OpaquePointer

  init(_ text: String) throws(RegexProblem) {
    var number: Int32 = 0
    var place = 0
    let units = text.unicodeScalars.map(\.value)
    guard
      let code = unsafe pcre2_compile_32(
        units, units.count, PCRE2_DOTALL | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C, &number, &place,
        nil)
    else {
      throw RegexProblem(message: "the engine cannot take it: \(Self.message(number))")
    }
    unsafe pointer = code
  }

  deinit { unsafe pcre2_code_free_32(pointer) }

  private static func message(_ number: Int32) -> String {
    var units = [UInt32](repeating: 0, count: 256)
    let count = unsafe pcre2_get_error_message_32(number, &units, units.count)
    guard count > 0 else { return "error \(number)" }
    return String(String.UnicodeScalarView(units[..<Int(count)].compactMap(Unicode.Scalar.init)))
  }
}

/// The search of one text, with the room that PCRE2 needs for it.
@safe
struct RegexEngine: ~Copyable {
  /// What an attempt came to.
  enum Outcome {
    case match(Range<Int>)
    case none
    /// The end of what was given was looked at by an attempt that began here.
    case needsMore(from: Int)
    case limited
  }

  private let regex: Regex
  private let data: OpaquePointer
  private let context: OpaquePointer
  /// The most memory for what can be tried again, KiB.
  private static let mostMemory: UInt32 = 256 << 10

  init(_ regex: Regex) {
    self.regex = regex
    guard let data = unsafe pcre2_match_data_create_32(1, nil), let context = unsafe pcre2_match_context_create_32(nil)
    else { preconditionFailure("no memory is left for a search") }
    unsafe self.data = data
    unsafe self.context = context
    _ = unsafe pcre2_set_heap_limit_32(context, Self.mostMemory)
  }

  deinit {
    unsafe pcre2_match_data_free_32(data)
    unsafe pcre2_match_context_free_32(context)
  }

  /// Looks for the first match that begins at a position or after it.
  ///
  /// - Parameters:
  ///   - letters: The text.
  ///   - end: Where to stop reading; attempts that get there are `needsMore` unless it is the end of the text.
  ///   - isAnchored: Whether the match has to begin right there.
  ///   - steps: The most steps of one attempt.
  mutating func search(
    _ letters: [UInt32], from start: Int, end: Int, isAnchored: Bool, steps: Int
  ) -> Outcome {
    _ = unsafe pcre2_set_match_limit_32(context, UInt32(clamping: steps))
    let options =
      (isAnchored ? PCRE2_ANCHORED : 0) | (end < letters.count ? PCRE2_PARTIAL_HARD : 0)
    let result = unsafe pcre2_match_32(regex.code.pointer, letters, end, start, options, data, context)
    switch result {
    case PCRE2_ERROR_NOMATCH: return .none
    case PCRE2_ERROR_PARTIAL: return .needsMore(from: unsafe pcre2_get_startchar_32(data))
    case 0...:
      let (lower, upper) = bounds()
      return .match(lower..<max(lower, upper))
    default: return .limited
    }
  }

  private func bounds() -> (Int, Int) {
    guard let vector = unsafe pcre2_get_ovector_pointer_32(data) else { return (0, 0) }
    return unsafe (vector[0], vector[1])
  }
}
