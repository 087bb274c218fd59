#if Server
  internal import NeedletailEmbedding
  internal import NeedletailTensor
  internal import NeedletailTokenizers

  /// A cross-encoder or classifier, and the pairs that wait for it.
  final class PairScorer: Sendable {
    let model: CrossEncoder
    /// The variant is what makes scores of logits; `nil` for the model's own.
    private let queue: EncodingQueue<ScoreFunction?, ArraySlice<Float>>

    init(
      _ model: CrossEncoder, limits: EncodingQueue<ScoreFunction?, ArraySlice<Float>>.Limits, metrics: ServerMetrics
    ) {
      self.model = model
      queue = EncodingQueue(team: model.team, limits: limits, sharesSteps: false) { batch in
        metrics.batch(texts: batch.texts, tokens: batch.tokens)
      } _: { tokens, function, _, check in
        let values = try model.scores(of: tokens, function, check: check)
        let labels = values.count / max(1, tokens.count)
        return (0..<tokens.count).map { values[$0 * labels..<($0 + 1) * labels] }
      }
    }

    var waiting: (texts: Int, tokens: Int) { queue.waiting }

    /// The scores of pairs or single texts, a row of labels each, in their order.
    ///
    /// - Parameters:
    ///   - function: What makes scores of logits; the model's own where `nil`.
    ///   - truncates: Whether pairs that are too long are cut.
    ///   - member: Where the pairs' second texts stand in the request.
    /// - Throws: ``ServerError`` with code `.tooManyTokens`, and what the queue throws.
    func scores(
      _ pairs: [(String, String?)], function: ScoreFunction? = nil, truncates: Bool,
      member: String = "texts", _ exchange: Exchange
    ) async throws -> [ArraySlice<Float>] {
      let begun = ContinuousClock.now
      let tokens = PackedTokens(joining: try await model.tokens(of: pairs))
      let truncated = try truncated(pairs, tokens, truncates: truncates, member)
      let tokenized = ContinuousClock.now
      let answer = try await queue.rows(
        of: tokens, function, deadline: exchange.deadline, client: exchange.client)
      var work = Work()
      (work.tokenization, work.queue, work.inference) = (tokenized - begun, answer.queued, answer.computed)
      (work.texts, work.tokens, work.truncated) = (pairs.count, tokens.ids.count, truncated)
      work.characters = pairs.reduce(0) { $0 + $1.0.unicodeScalars.count + ($1.1?.unicodeScalars.count ?? 0) }
      exchange.note(work)
      return answer.rows
    }

    /// Which pairs were cut: only one that fills the limit can have been.
    private func truncated(
      _ pairs: [(String, String?)], _ tokens: PackedTokens, truncates: Bool, _ member: String
    ) throws -> [Int] {
      let full = pairs.indices.filter { tokens.range($0).count >= model.maximumLength }
      let counts = try model.wholeTokenCounts(full.map { pairs[$0] })
      let cut = zip(full, counts).filter { $0.1 > model.maximumLength }
      if let (first, count) = cut.first, !truncates {
        throw ServerError.tooManyTokens(count, limit: model.maximumLength, at: "\(member)[\(first)]")
      }
      return cut.map(\.0)
    }
  }
#endif
