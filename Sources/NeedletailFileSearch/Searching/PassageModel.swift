package import NeedletailTensor

/// What a search needs of a model: a seam through which tests can count what is embedded.
package struct PassageModel: Sendable {
  /// What decides the vectors: two models with one identity give the same.
  package let identity: String
  /// How many values a vector has.
  package let dimension: Int
  /// The most tokens of a passage, special ones aside.
  package let maximumTokens: Int
  /// The number of tokens of each of some texts, special ones aside.
  package let countTokens: @Sendable ([String]) -> [Int]
  /// The vector of a question, `[1, dimension]`.
  package let embedQuery: @Sendable (String) async throws -> Matrix
  /// The vectors of passages, `[count, dimension]`.
  package let embedPassages: @Sendable ([String]) async throws -> Matrix

  package init(
    identity: String, dimension: Int, maximumTokens: Int, countTokens: @escaping @Sendable ([String]) -> [Int],
    embedQuery: @escaping @Sendable (String) async throws -> Matrix,
    embedPassages: @escaping @Sendable ([String]) async throws -> Matrix
  ) {
    self.identity = identity
    self.dimension = dimension
    self.maximumTokens = maximumTokens
    self.countTokens = countTokens
    self.embedQuery = embedQuery
    self.embedPassages = embedPassages
  }

  /// The size of passages: long enough to say something, short enough to be about one thing.
  var target: Int { max(8, min(160, maximumTokens)) }
}
