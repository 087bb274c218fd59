public import NeedletailIndex

extension DocumentCollection {
  /// Finds the documents nearest in meaning to a question in several fields at once.
  ///
  ///     let found = try await papers.search("owls", fields: ["title": 0.3, "text": 0.7])
  ///
  /// - Parameters:
  ///   - query: Any text; the model takes it as a question.
  ///   - limit: How many documents at most; at least 1.
  ///   - fields: The fields to search and how much each counts.
  ///   - filter: Which documents may be found; all by default.
  ///   - effort: How hard to try in large segments.
  /// - Throws: What ``search(vector:limit:fields:where:effort:)`` throws; errors of the model.
  public func search(
    _ query: String, limit: Int = 10, fields: [String: Float], where filter: Filter? = nil,
    effort: SearchEffort = .recall(0.95)
  ) async throws -> SearchResult {
    let weighted = try weightedFields(fields)
    return explained(try await search(weighted, try await vector(of: query), limit, filter, effort))
  }

  /// Finds the documents whose vectors in several fields are nearest to one.
  ///
  /// A document's score is the weighted sum of its fields' similarities; of several chunks in a field the nearest
  /// counts. A field that a document lacks counts 0. The nearest of each field are candidates, which are compared
  /// exactly in all of the fields; more are looked at until no other document can be better. So the result is that of
  /// a comparison of all documents where `effort` is `.exact`, and else misses what the fields' own searches miss. There
  /// are `limit` hits whenever as many documents may be found and have a vector in one of the fields.
  ///
  /// - Parameters:
  ///   - vector: `[dimension]`, finite; compared with the vectors of every field.
  ///   - limit: How many documents at most; at least 1.
  ///   - fields: The fields to search and how much each counts: finite, more than 0. They need not add up to 1.
  ///   - filter: Which documents may be found; all by default.
  ///   - effort: How hard to try in large segments.
  /// - Throws: ``RetrievalError`` with code `.request` for a field that the collection has not, a weight that cannot be,
  ///   or a collection of squared distances, of which a missing one would be the best; `IndexError` as other searches.
  public func search(
    vector: [Float], limit: Int = 10, fields: [String: Float], where filter: Filter? = nil,
    effort: SearchEffort = .recall(0.95)
  ) async throws -> SearchResult {
    try await search(try weightedFields(fields), vector, limit, filter, effort)
  }

  private func search(
    _ fields: [WeightedField], _ vector: [Float], _ limit: Int, _ filter: Filter?, _ effort: SearchEffort
  ) async throws -> SearchResult {
    try await search(
      SearchRequest(
        vector: vector, limit: limit, fields: fields, filter: filter, metric: settings.metric, effort: effort))
  }

  /// The fields in the order of the settings, so that sums do not depend on the order of a dictionary.
  private func weightedFields(_ fields: [String: Float]) throws(RetrievalError) -> [WeightedField] {
    guard !fields.isEmpty else { throw RetrievalError(.request, "fields", "name at least one field to search") }
    guard settings.metric != .squaredL2 else {
      throw RetrievalError(
        .request, "fields",
        "are weighted by similarity, and this collection measures distances (l2), which have no sum; search one field")
    }
    var weighted: [WeightedField] = []
    for (name, weight) in fields {
      guard weight.isFinite, weight > 0 else {
        throw RetrievalError(.request, "field \"\(name)\"", "has the weight \(weight); it must be more than 0")
      }
      weighted.append(WeightedField(position: try position(of: name), weight: weight))
    }
    return weighted.sorted { $0.position < $1.position }
  }
}
