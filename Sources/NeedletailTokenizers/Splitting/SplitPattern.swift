/// The regular expressions of well-known tokenizers, each with a scanner written by hand.
enum SplitPattern: Sendable {
  case gpt2
  case llama3
  case qwen2
  case o200k
  case clip
  /// Runs of white space.
  case spaces

  private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let ends = #" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  private static func latter(_ numbers: String) -> String {
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers + "|" + ends
  }

  private static let known: [String: SplitPattern] = [
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: .gpt2,
    #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: .gpt2,
    latter(#"\p{N}{1,3}"#): .llama3,
    latter(#"\p{N}"#): .qwen2,
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"# + contractions + "?|"
      + #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"# + contractions + "?|"
      + #"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#: .o200k,
    #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#: .clip,
    #"\s+"#: .spaces,
  ]

  /// `nil` for an expression that is not known.
  init?(regex: String) {
    guard let pattern = Self.known[regex] else { return nil }
    self = pattern
  }

  /// Whether every scalar of any text belongs to a match.
  var coversAll: Bool {
    switch self {
    case .gpt2, .llama3, .qwen2, .o200k: true
    case .clip, .spaces: false
    }
  }
}
