extension CollectionSnapshot {
  /// The documents with the largest weighted sums of their fields' similarities, and how they were found.
  ///
  /// Each field's nearest are candidates; every candidate is compared in all fields. A document that is no candidate is
  /// at most as near in each field as the last of its list, or has no chunk there: once the sum of these bounds is less
  /// than what was found, nothing better is left. Until then the lists get longer. This is the threshold algorithm
  /// (Fagin, Lotem and Naor 2003, doi:10.1016/S0022-0000(03)00026-6); it finds what a comparison of all documents would,
  /// as far as each field's list is complete.
  func searchWeighted(_ request: SearchRequest, _ filters: [FieldFilter]?) throws -> (found: [Candidate], plan: String)
  {
    var wanted = 4 * request.limit
    while true {
      var (documents, bound, isComplete): (Set<Int>, Float, Bool) = ([], 0, true)
      for (place, field) in request.fields.enumerated() {
        let list = try fields[field.position].search(request, limit: wanted, filter: filters?[place]).sorted
        documents.formUnion(list.lazy.map(\.document))
        if list.count == wanted, let last = list.last {
          isComplete = false
          bound += field.weight * max(0, last.score)
        }
      }
      let found = try sums(of: documents.sorted(), request).prefix(request.limit)
      if isComplete || found.count == request.limit && (found.last.map { $0.score > bound } ?? false) {
        return (Array(found), weightedPlan(request, filters, wanted: wanted, candidates: documents.count))
      }
      wanted *= 4
    }
  }

  /// Documents with their weighted sums, best first, each with the chunk that adds most.
  private func sums(of documents: [Int], _ request: SearchRequest) throws -> [Candidate] {
    var sums: [Int: (sum: Float, largest: Float, chunk: Int)] = [:]
    for field in request.fields {
      for (document, nearest) in try fields[field.position].nearest(of: documents, request) {
        let share = field.weight * nearest.score
        let old = sums[document]
        let isLargest = old.map { share > $0.largest } ?? true
        sums[document] = (
          (old?.sum ?? 0) + share, isLargest ? share : old?.largest ?? share,
          isLargest ? nearest.chunk : old?.chunk ?? 0
        )
      }
    }
    return sums.map { Candidate(chunk: $1.chunk, document: $0, score: $1.sum) }.sorted {
      $0.score == $1.score ? $0.document < $1.document : $0.score > $1.score
    }
  }

  private func weightedPlan(
    _ request: SearchRequest, _ filters: [FieldFilter]?, wanted: Int, candidates: Int
  ) -> String {
    let parts = request.fields.enumerated().flatMap { place, field in
      ["field \(names[field.position]), weight \(field.weight):"]
        + plan(of: fields[field.position], request, filters?[place], limit: wanted).map { "  " + $0 }
    }
    let end = "\(candidates) documents are among the \(wanted) nearest of a field; each is compared in all fields"
    return (parts + [end] + damage.map { "not used: \($0)" }).joined(separator: "\n")
  }
}
