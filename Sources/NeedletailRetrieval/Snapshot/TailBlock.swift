internal import NeedletailIndex
internal import NeedletailTensor

/// Some chunks of a field that no segment holds, in memory; every vector is compared with the query.
struct TailBlock: Sendable {
  /// The chunks' numbers, ascending.
  private var numbers: [Int] = []
  private var documents: [Int] = []
  private var index: ExactIndex
  /// The positions that are still there.
  private(set) var live = Bitmap(count: 0)

  /// Rows after which a block gets no more.
  static let capacity = 1024

  init(dimension: Int, metric: Metric, kernels: Kernels) {
    index = ExactIndex(dimension: dimension, metric: metric, kernels: kernels)
  }

  /// The numbers of the first and the last of its chunks; `nil` while it has none.
  var range: ClosedRange<Int>? { numbers.first.flatMap { first in numbers.last.map { first...$0 } } }

  /// How many chunks it was given.
  var count: Int { numbers.count }

  /// Adds chunks with larger numbers than those before.
  mutating func append(_ chunks: some Collection<StoredChunk>) throws {
    numbers += chunks.map(\.number)
    documents += chunks.map(\.document)
    try index.add(Matrix(rows: chunks.count, columns: index.dimension, values: chunks.flatMap(\.vector)))
    var grown = Bitmap(count: numbers.count, repeating: true)
    for position in 0..<live.count where !live.contains(position) { grown.remove(position) }
    live = grown
  }

  /// Takes a chunk out; says whether it was here.
  mutating func remove(_ chunk: Int) -> Bool {
    let position = numbers.firstPosition { $0 >= chunk }
    guard position < numbers.count, numbers[position] == chunk, live.contains(position) else { return false }
    live.remove(position)
    return true
  }

  /// The documents of the chunks that are still there.
  var liveDocuments: Set<Int> {
    var result: Set<Int> = []
    live.forEach { result.insert(documents[$0]) }
    return result
  }

  /// The positions of the chunks that are still there and whose documents pass a test.
  func live(where holds: (Int) -> Bool) -> Bitmap {
    var result = Bitmap(count: count)
    live.forEach { position in
      if holds(documents[position]) { result.insert(position) }
    }
    return result
  }

  /// The nearest chunks.
  ///
  /// - Parameter allowed: The positions that may be found, all of them still there; all that are by default.
  func search(_ query: [Float], limit: Int, among allowed: Bitmap? = nil) throws -> [Candidate] {
    guard count > 0 else { return [] }
    return try index.search(query, limit: min(count, limit), among: allowed ?? live).map {
      Candidate(chunk: numbers[$0.index], document: documents[$0.index], score: $0.score)
    }
  }

  /// The chunks of some documents that are still there, each compared with the query.
  ///
  /// - Parameter wanted: Their numbers, ascending.
  func chunks(of wanted: [Int], _ query: [Float]) throws -> [Candidate] {
    guard let first = documents.first, let last = documents.last else { return [] }
    let near = wanted[wanted.firstPosition { $0 >= first }..<wanted.firstPosition { $0 > last }]
    guard !near.isEmpty else { return [] }
    let wanted = Set(near)
    let positions = live { wanted.contains($0) }
    return positions.population == 0 ? [] : try search(query, limit: count, among: positions)
  }
}

extension Collection where Index == Int {
  /// The first position whose element fulfils what all later ones do too; `endIndex` where none does.
  func firstPosition(where holds: (Element) throws -> Bool) rethrows -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if try holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
