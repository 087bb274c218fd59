/// Names that somebody who mistyped one may have meant.
struct NearNames {
  /// Longer names are not compared.
  private static let longest = 64
  /// More names than these are not compared.
  private static let most = 10_000
  /// How many names are given at most.
  private static let given = 3

  private let names: [String]

  init(_ names: [String]) { self.names = names }

  /// The names that a few changes turn into `name`, letter case aside; the nearest first.
  func near(_ name: String) -> [String] {
    guard names.count <= Self.most else { return [] }
    let wanted = Array(name.lowercased().unicodeScalars)
    guard wanted.count <= Self.longest else { return [] }
    let allowed = wanted.count < 3 ? 1 : max(2, wanted.count / 3)
    var found: [(name: String, distance: Int)] = []
    for candidate in names where candidate.utf8.count <= 4 * Self.longest {
      let distance = Self.distance(wanted, Array(candidate.lowercased().unicodeScalars))
      if distance <= allowed { found.append((candidate, distance)) }
    }
    return found.sorted { $0.distance < $1.distance }.prefix(Self.given).map(\.name)
  }

  /// How many letters have to be inserted, removed or replaced.
  static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let changed = diagonal + (letter == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(changed, row[j + 1] + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }
}
