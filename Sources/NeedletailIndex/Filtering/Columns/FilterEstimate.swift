/// How many positions a filter holds for, as far as is known without visiting them.
public struct FilterEstimate: Sendable, Equatable {
  /// No fewer than these.
  public let least: Int
  /// The number if attributes do not depend on one another.
  public let likely: Int
  /// No more than these.
  public let most: Int

  private init(_ least: Int, _ likely: Double, _ most: Int) {
    self.least = least
    self.likely = min(max(Int(likely.rounded()), least), most)
    self.most = most
  }

  /// A number that is known.
  package init(exactly population: Int) { self.init(population, Double(population), population) }

  /// What is known of two sets of positions together.
  package static func + (lhs: FilterEstimate, rhs: FilterEstimate) -> FilterEstimate {
    FilterEstimate(lhs.least + rhs.least, Double(lhs.likely + rhs.likely), lhs.most + rhs.most)
  }

  /// No position.
  static let none = FilterEstimate(0, 0, 0)
  /// All positions.
  static func all(_ count: Int) -> FilterEstimate { FilterEstimate(count, Double(count), count) }

  /// The union of sets of these populations, each counted without repetitions only where they are disjoint.
  init(_ populations: [Int], areDisjoint: Bool, of count: Int) {
    let sum = populations.reduce(0, +)
    self.init(areDisjoint ? sum : min(sum, 1), Double(sum), min(sum, count))
  }

  func inverted(of count: Int) -> FilterEstimate { Self(count - most, Double(count - likely), count - least) }

  func intersected(_ other: FilterEstimate, of count: Int) -> FilterEstimate {
    let share = count == 0 ? 0 : Double(likely) * Double(other.likely) / Double(count)
    return Self(max(0, least + other.least - count), share, min(most, other.most))
  }

  func joined(_ other: FilterEstimate, of count: Int) -> FilterEstimate {
    let share = count == 0 ? 0 : Double(likely) * Double(other.likely) / Double(count)
    return Self(max(least, other.least), Double(likely + other.likely) - share, min(count, most + other.most))
  }
}
