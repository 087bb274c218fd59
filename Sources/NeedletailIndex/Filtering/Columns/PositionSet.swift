/// Positions in the form that takes less memory: a list of them, or a bit for each position there is.
enum PositionSet: Sendable {
  case listed([UInt32])
  case bits(Bitmap, population: Int)

  /// - Parameters:
  ///   - positions: Ascending, each once.
  ///   - count: How many positions there are.
  init(_ positions: [UInt32], of count: Int) {
    guard Self.isDense(positions.count, of: count) else {
      self = .listed(positions)
      return
    }
    var bits = Bitmap(count: count)
    for position in positions { bits.insert(Int(position)) }
    self = .bits(bits, population: positions.count)
  }

  /// Whether bits take less memory than a list.
  static func isDense(_ population: Int, of count: Int) -> Bool { population > count / 32 }

  var population: Int {
    switch self {
    case .listed(let positions): positions.count
    case .bits(_, let population): population
    }
  }

  /// The memory it takes, in bytes.
  var bytes: Int {
    switch self {
    case .listed(let positions): 4 * positions.count
    case .bits(let bits, _): 8 * bits.words.count
    }
  }

  /// Puts the positions into a set.
  func insert(into bitmap: inout Bitmap) {
    switch self {
    case .listed(let positions): for position in positions { bitmap.insert(Int(position)) }
    case .bits(let bits, _): bitmap.formUnion(bits)
    }
  }
}
