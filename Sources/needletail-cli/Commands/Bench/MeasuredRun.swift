import Needletail

/// What one effort of searching found, and how long each timed pass over all queries took.
struct MeasuredRun {
  let effort: SearchEffort
  let queries: Int
  var found: [[Hit]] = []
  var seconds: [Double] = []

  /// Queries a second of the best pass.
  var speed: Double { Double(queries) / (seconds.min() ?? .infinity) }

  var name: String {
    switch effort {
    case .recall(let part): "recall \(part)"
    case .beam(let width): "beam \(width)"
    case .exact: "exact"
    }
  }

  /// The part of the nearest vectors of the first queries that was found.
  func recall(of nearest: [[Hit]]) -> Double {
    let shared = zip(found, nearest).reduce(0) { sum, pair in
      sum + Set(pair.0.map(\.index)).intersection(pair.1.map(\.index)).count
    }
    return Double(shared) / Double(nearest.reduce(0) { $0 + $1.count })
  }

  func json(recall: Double?) -> JSONValue {
    .object([
      "effort": .string(name), "qps": .double(speed), "seconds": .array(seconds.map(JSONValue.double)),
      "recall": recall.map(JSONValue.double) ?? .null,
    ])
  }
}
