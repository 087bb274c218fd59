internal import NeedletailTensor
internal import NeedletailTokenizers

/// How a model's texts become tokens.
struct TextInput: Sendable {
  let tokenizer: Tokenizer
  /// Tokens of a text, special ones included; `nil` where nothing limits it.
  let maximumLength: Int?
  /// The side at which longer texts are cut.
  let truncationSide: Truncation.Direction
  let addsSpecialTokens: Bool

  /// Tokenizing with the model's own limit, or a shorter one.
  func tokenizing(limit: Int?, team: ComputeTeam) -> ChunkedTokenizing {
    var options = EncodingOptions()
    options.addsSpecialTokens = addsSpecialTokens
    options.truncation = [maximumLength, limit].compactMap(\.self).min().map {
      Truncation(maximumLength: $0, direction: truncationSide)
    }
    return ChunkedTokenizing(tokenizer: tokenizer, options: options, team: team)
  }
}
