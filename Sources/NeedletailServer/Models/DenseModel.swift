#if Server
  internal import NeedletailEmbedding
  internal import NeedletailTensor
  internal import NeedletailTokenizers

  /// What a request wants about its vectors.
  struct VectorWishes: Sendable {
    var role = TextRole.plain
    var prompt = PromptChoice.role
    var dimensions: Int?
    /// Whether texts that are too long are cut.
    var truncates = true
    /// `nil` for the model's own.
    var truncationSide: Truncation.Direction?
    /// Whether vectors get length 1; `nil` for what the model does.
    var normalizes: Bool?
    /// Where the inputs stand in the request.
    var member = "input"

    /// What an input is called in the request.
    func place(_ index: Int, of count: Int) -> String { Self.place(member, index, of: count) }

    static func place(_ member: String, _ index: Int, of count: Int) -> String {
      count == 1 ? member : "\(member)[\(index)]"
    }
  }

  /// What is embedded: texts, or token ids of the model's own vocabulary.
  enum VectorInputs: Sendable {
    case texts([String])
    case ids([[Int32]])

    var count: Int {
      switch self {
      case .texts(let texts): texts.count
      case .ids(let ids): ids.count
      }
    }
  }

  extension VectorInputs {
    /// What embedding them is, as far as they show it.
    var work: Work {
      switch self {
      case .texts(let texts): return Work(of: texts)
      case .ids(let ids):
        var work = Work()
        work.texts = ids.count
        return work
      }
    }
  }

  /// The vectors of some texts.
  struct Vectors: Sendable {
    /// A row a text, in their order.
    let rows: [ArraySlice<Float>]
    /// Tokens of each text as the model read it.
    let tokens: [Int]
  }

  /// A model that gives one vector a text, and the texts that wait for it.
  final class DenseModel: Sendable {
    /// Texts that may share a batch have this in common.
    struct Variant: Hashable, Sendable {
      let role: TextRole
      let promptLength: Int
      let normalizes: Bool
    }

    let embedder: Embedder
    /// The model without its last normalisation.
    private let plain: Embedder
    private let queue: EncodingQueue<Variant, ArraySlice<Float>>

    /// Loads a model.
    init(
      _ source: ModelSource, _ own: EmbedderConfiguration, _ configuration: ServerConfiguration,
      _ metrics: ServerMetrics
    ) async throws {
      let embedder = try await Embedder(source, configuration: own, team: configuration.team)
      self.embedder = embedder
      let plain = try embedder.unnormalized()
      self.plain = plain
      queue = EncodingQueue(
        team: embedder.team,
        limits: .init(batchTokens: own.batchTokens, waitingTokens: configuration.maximumWaitingTokens),
        sharesSteps: embedder.isDeep
      ) { batch in
        metrics.batch(texts: batch.texts, tokens: batch.tokens)
      } _: { tokens, variant, crew, check in
        let model = variant.normalizes ? embedder : plain
        let values = try model.vectors(
          of: tokens, as: variant.role, promptLength: variant.promptLength, crew: crew, check: check)
        let features = values.count / max(1, tokens.count)
        return (0..<tokens.count).map { values[$0 * features..<($0 + 1) * features] }
      }
    }

    var waiting: (texts: Int, tokens: Int) { queue.waiting }

    /// The vectors of inputs.
    ///
    /// - Throws: ``ServerError`` for wishes that the model cannot fulfil, and what the queue throws.
    func vectors(_ inputs: VectorInputs, _ wishes: VectorWishes, _ exchange: Exchange) async throws -> Vectors {
      let begun = ContinuousClock.now
      let model = try configured(wishes)
      let (tokens, truncated) = try await tokens(inputs, wishes, model)
      let lengths = (0..<tokens.count).map { tokens.range($0).count }
      let tokenized = ContinuousClock.now
      let normalizes = wishes.normalizes ?? embedder.normalizes
      let variant = Variant(
        role: wishes.role, promptLength: try model.promptLength(as: wishes.role),
        normalizes: embedder.normalizes && normalizes)
      let answer = try await queue.rows(
        of: tokens, variant, deadline: exchange.deadline, client: exchange.client)
      var rows = answer.rows
      if wishes.dimensions != nil || normalizes != embedder.normalizes {
        let values = (variant.normalizes ? model : try plain.changed { $0.dimensions = wishes.dimensions })
          .shortened(rows.flatMap(\.self), normalizes: normalizes)
        let columns = values.count / max(1, rows.count)
        rows = rows.indices.map { values[$0 * columns..<($0 + 1) * columns] }
      }
      var work = inputs.work
      (work.tokenization, work.queue, work.inference) = (tokenized - begun, answer.queued, answer.computed)
      (work.tokens, work.truncated) = (tokens.ids.count, truncated)
      exchange.note(work)
      return Vectors(rows: rows, tokens: lengths)
    }

    /// The model with the wishes of a request, for work that no queue does, and what of that work is known.
    ///
    /// - Throws: ``ServerError`` as ``vectors(_:_:_:)`` does.
    func prepared(for texts: [String], _ wishes: VectorWishes) async throws -> (model: Embedder, work: Work) {
      let begun = ContinuousClock.now
      let model = try configured(wishes)
      var work = Work(of: texts)
      work.truncated = try await tokens(.texts(texts), wishes, model).truncated
      work.tokenization = ContinuousClock.now - begun
      return (model, work)
    }

    /// The model with the wishes of one request.
    private func configured(_ wishes: VectorWishes) throws -> Embedder {
      var model = embedder
      if wishes.prompt != .role || wishes.dimensions != nil {
        do {
          model = try model.changed {
            if wishes.prompt != .role { $0.prompt = wishes.prompt }
            $0.dimensions = wishes.dimensions ?? $0.dimensions
          }
        } catch {
          throw ServerError(.impossible, "\(error.subject): \(error.message)", cause: error)
        }
      }
      if let side = wishes.truncationSide { model = try model.truncating(at: side) }
      return model
    }

    private func tokens(
      _ inputs: VectorInputs, _ wishes: VectorWishes, _ model: Embedder
    ) async throws -> (tokens: PackedTokens, truncated: [Int]) {
      switch inputs {
      case .ids(let ids): return (try packed(ids, wishes), [])
      case .texts(let texts):
        let tokens = PackedTokens(joining: try await model.tokens(of: texts, as: wishes.role))
        guard let limit = model.maximumLength else { return (tokens, []) }
        // Only a text that fills the limit can have been cut.
        let full = texts.indices.filter { tokens.range($0).count >= limit }
        guard !full.isEmpty else { return (tokens, []) }
        let counts = try await model.wholeTokenCounts(full.map { texts[$0] }, as: wishes.role)
        let cut = zip(full, counts).filter { $0.1 > limit }
        if let (first, count) = cut.first, !wishes.truncates {
          throw ServerError.tooManyTokens(count, limit: limit, at: wishes.place(first, of: inputs.count))
        }
        return (tokens, cut.map(\.0))
      }
    }

    private func packed(_ ids: [[Int32]], _ wishes: VectorWishes) throws -> PackedTokens {
      var tokens = PackedTokens()
      let size = embedder.tokenizer.vocabularySize
      for (index, text) in ids.enumerated() {
        if let limit = embedder.maximumLength, text.count > limit {
          throw ServerError.tooManyTokens(text.count, limit: limit, at: wishes.place(index, of: ids.count))
        }
        if let wrong = text.first(where: { !(0..<size).contains(Int($0)) }) {
          throw ServerError(
            .impossible, "\(wrong) is no token of this model, whose vocabulary has 0 to \(size - 1)",
            parameter: wishes.place(index, of: ids.count))
        }
        tokens.append(ids: text)
      }
      return tokens
    }
  }
#endif
