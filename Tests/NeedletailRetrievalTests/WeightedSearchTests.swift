import Foundation
import NeedletailEmbedding
import NeedletailIndex
import NeedletailJSON
import NeedletailRetrieval
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Searches of several fields at once", .serialized)
struct WeightedSearchTests {
  let folder: TemporaryFolder
  var url: URL { URL(filePath: folder.path + "/papers") }

  init() throws { folder = try TemporaryFolder() }

  /// A document's vectors by field; none where it lacks the field.
  private typealias Vectors = [String: [Float]]

  private static let fields = ["title", "text", "note"]

  /// The plain way: every field of every document is compared, in double precision.
  private static func oracle(
    _ documents: [(id: String, vectors: Vectors)], _ query: [Float], _ metric: Metric, _ weights: [String: Float]
  ) -> [(id: String, score: Double)] {
    func similarity(_ vector: [Float]) -> Double {
      func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
      let product = dot(vector, query)
      return metric == .cosine ? product / (dot(vector, vector) * dot(query, query)).squareRoot() : product
    }
    let scored = documents.compactMap { document -> (id: String, score: Double)? in
      let shares = weights.compactMap { name, weight in
        document.vectors[name].map { Double(weight) * similarity($0) }
      }
      return shares.isEmpty ? nil : (document.id, shares.reduce(0, +))
    }
    return scored.sorted { $0.score > $1.score }
  }

  /// The bundled model does not hear the order of words, so that documents can be equally near: of these any may stand
  /// in each other's place.
  private static func expect(
    _ hits: [DocumentHit], areBest limit: Int, of expected: [(id: String, score: Double)],
    _ location: SourceLocation = #_sourceLocation
  ) {
    let scores = Dictionary(uniqueKeysWithValues: expected.map { ($0.id, $0.score) })
    let best = expected.prefix(limit)
    #expect(hits.count == best.count && Set(hits.map(\.document.id)).count == hits.count, sourceLocation: location)
    for (hit, expected) in zip(hits, best) {
      let score = Double(hit.score)
      #expect(abs(score - expected.score) < 1e-5, sourceLocation: location)
      #expect(abs(score - (scores[hit.document.id] ?? .nan)) < 1e-5, sourceLocation: location)
    }
  }

  /// The bundled model's vectors of documents whose fields are put together of words.
  private func wordDocuments(_ count: Int) -> [Document] {
    var generator = SeededGenerator(seed: 5)
    let words = """
      bird swift owl mouse night flight tree forest train station ticket bank money loan interest rate tea kettle \
      leaf water garden rain cloud storm river bridge stone house window door
      """.split(separator: " ")
    func phrase(_ count: Int) -> String {
      (0..<count).map { _ in String(words.randomElement(using: &generator) ?? "") }.joined(separator: " ")
    }
    return (0..<count).map { number in
      var metadata: [(key: String, value: JSONValue)] = [("number", .integer(number))]
      if number % 3 != 0 { metadata.append(("title", .string(phrase(2)))) }
      if number % 7 == 0 { metadata.append(("note", .string(phrase(3)))) }
      let text = (0..<(number % 5 == 0 ? 4 : 1)).map { _ in phrase(6) + "." }.joined(separator: " ")
      return Document(id: "\(number)", text: text, metadata: .object(metadata))
    }
  }

  @Test(
    "the result is that of comparing all documents in all fields, sealed and in memory",
    arguments: [Metric.cosine, .innerProduct])
  func exactness(_ metric: Metric) async throws {
    let embedder = try await Embedder(.bundled)
    var settings = CollectionSettings()
    settings.metric = metric
    settings.fields = Self.fields
    settings.segmentRows = 200
    let papers = try await DocumentCollection.create(at: url, embedder: embedder, settings: settings)
    var documents = wordDocuments(700)
    try await papers.add(Array(documents[..<500]))
    await papers.settle()
    try await papers.add(Array(documents[500...]))
    try await papers.delete(ids: documents.filter { $0.id.hasSuffix("4") }.map(\.id))
    documents.removeAll { $0.id.hasSuffix("4") }
    await papers.settle()
    #expect(try await papers.statistics().segments.count >= 3)

    var vectors: [(id: String, vectors: Vectors)] = []
    for document in documents {
      var made: Vectors = [:]
      for field in Self.fields {
        guard let text = Self.field(field, of: document) else { continue }
        made[field] = try await embedder.embed(text, as: .document)
      }
      vectors.append((document.id, made))
    }
    for (text, weights) in [
      ("owls at night", ["title": 0.3, "text": 0.7]), ("money in the bank", ["title": 5, "text": 0.1, "note": 2]),
      ("a storm over the river", ["note": 1]), ("tea", ["title": 1, "note": 1]),
    ] as [(String, [String: Float])] {
      let query = try await embedder.embed(text, as: .query)
      let expected = Self.oracle(vectors, query, metric, weights)
      for limit in [1, 10, 2000] {
        let found = try await papers.search(text, limit: limit, fields: weights, effort: .exact)
        Self.expect(found.hits, areBest: limit, of: expected)
        #expect(found.hits.allSatisfy { weights[$0.field] != nil })
      }
      let filter = try Filter(parsing: "number < 30 or number >= 690")
      let kept = expected.filter { Int($0.id).map { $0 < 30 || $0 >= 690 } ?? false }
      Self.expect(
        try await papers.search(vector: query, limit: 5, fields: weights, where: filter).hits, areBest: 5, of: kept)
      Self.expect(
        try await papers.search(vector: query, limit: 500, fields: weights, where: filter).hits, areBest: 500, of: kept)
    }
  }

  @Test("of several chunks in a field the nearest counts")
  func chunks() async throws {
    var settings = CollectionSettings()
    settings.fields = Self.fields
    settings.chunkTokens = 8
    settings.segmentRows = 300
    let papers = try await DocumentCollection.create(
      at: url, embedder: try await Embedder(.bundled), settings: settings)
    let documents = wordDocuments(400)
    try await papers.add(documents)
    #expect(try await papers.statistics().vectors > 400 + 267 + 58)
    let weights: [String: Float] = ["title": 0.5, "text": 2, "note": 1]
    var sums: [String: Double] = [:]
    var ranges: [String: [String: Range<Int>]] = [:]
    for (field, weight) in weights {
      // A search of one field gives the nearest chunk of every document there.
      for hit in try await papers.search("a flight over water", limit: 400, field: field).hits {
        sums[hit.document.id, default: 0] += Double(weight) * Double(hit.score)
        ranges[hit.document.id, default: [:]][field] = hit.range
      }
    }
    let expected = sums.map { (id: $0.key, score: $0.value) }.sorted { $0.score > $1.score }
    let hits = try await papers.search("a flight over water", limit: 20, fields: weights).hits
    Self.expect(hits, areBest: 20, of: expected)
    for hit in hits { #expect(ranges[hit.document.id]?[hit.field] == hit.range) }
  }

  @Test("weights, fields and metrics that cannot be are refused")
  func refusals() async throws {
    let papers = try await DocumentCollection.create(at: url, dimension: 2)
    for fields: [String: Float] in [[:], ["text": 0], ["text": -1], ["text": .nan], ["text": .infinity], ["title": 1]] {
      await #expect {
        try await papers.search(vector: [1, 0], fields: fields)
      } throws: {
        ($0 as? RetrievalError)?.code == .request
      }
    }
    var settings = CollectionSettings()
    settings.metric = .squaredL2
    let distances = try await DocumentCollection.create(
      at: URL(filePath: folder.path + "/l2"), dimension: 2, settings: settings)
    await #expect {
      try await distances.search(vector: [1, 0], fields: ["text": 1])
    } throws: {
      ($0 as? RetrievalError)?.message.contains("distances") == true
    }
  }

  private static func field(_ name: String, of document: Document) -> String? {
    guard name != "text" else { return document.text }
    guard case .object(let members) = document.metadata,
      case .string(let text)? = members.first(where: { $0.key == name })?.value
    else { return nil }
    return text
  }
}
