/// A vector most of whose features are zero, as the features that are not: over a vocabulary they are tokens.
public struct SparseVector: Sendable, Equatable {
  /// The features that are not zero, ascending.
  public private(set) var indices: [Int32]
  /// Their values, as many as ``indices``; weights of tokens are positive.
  public private(set) var values: [Float]

  /// Creates a vector from its features.
  ///
  /// - Parameters:
  ///   - indices: Ascending, none twice.
  ///   - values: As many.
  public init(indices: [Int32] = [], values: [Float] = []) {
    precondition(indices.count == values.count, "each feature has a value")
    precondition(zip(indices, indices.dropFirst()).allSatisfy(<), "features ascend")
    self.indices = indices
    self.values = values
  }

  /// Stands for a vector that damaged weights would give; who takes it says where it comes from.
  static let notANumber = SparseVector(indices: [0], values: [.nan])

  /// Adds a feature above all others; zero is not kept.
  mutating func append(_ index: Int, _ value: Float) {
    guard value != 0 else { return }
    indices.append(Int32(index))
    values.append(value)
  }

  /// Σ of the products of the features that both have.
  ///
  /// - Complexity: O(features of both).
  public func dot(_ other: SparseVector) -> Float {
    var sum: Float = 0
    var (mine, theirs) = (0, 0)
    while mine < indices.count, theirs < other.indices.count {
      if indices[mine] == other.indices[theirs] {
        sum += values[mine] * other.values[theirs]
        mine += 1
        theirs += 1
      } else if indices[mine] < other.indices[theirs] {
        mine += 1
      } else {
        theirs += 1
      }
    }
    return sum
  }

  /// The features whose values are largest in size, at most so many; of equal ones the first.
  public func keeping(_ limit: Int) -> SparseVector {
    guard limit < indices.count else { return self }
    let kept = strongest { abs($0) }.prefix(max(0, limit)).sorted()
    return SparseVector(indices: kept.map { indices[$0] }, values: kept.map { values[$0] })
  }

  /// The places of all features, those with the largest measure first, of equal ones the first.
  func strongest(_ measure: (Float) -> Float = { $0 }) -> [Int] {
    indices.indices.sorted { (measure(values[$0]), $1) > (measure(values[$1]), $0) }
  }
}
