/// How an index will answer a search, and why.
public struct SearchPlan: Sendable, Equatable, CustomStringConvertible {
  /// The ways to search.
  public enum Way: Sendable, Equatable {
    /// A walk through the graph that keeps `width` vectors; those that the search may not find are left out afterwards.
    case walk(width: Int)
    /// A comparison with each vector that the search may find.
    case scan
  }

  /// The way.
  public let way: Way
  /// How many vectors the search may find.
  public let matches: Int
  /// How many vectors the index has.
  public let count: Int

  /// The way in words: what a person wants to know who asks why a search is fast or slow.
  public var description: String {
    let share = matches == count ? "all \(count) vectors" : "\(matches) of \(count) vectors"
    switch way {
    case .walk(let width):
      return "\(share) match: a walk through the graph keeps \(width), and a scan where too few match"
    case .scan: return "\(share) match: a scan compares each of them"
    }
  }
}
