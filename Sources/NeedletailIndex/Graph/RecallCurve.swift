/// How many nodes a walk must keep for a recall: measured when an index is built.
struct RecallCurve: Sendable, Equatable {
  struct Point: Sendable, Equatable {
    let width: Int
    let recall: Double
  }

  /// Widths in ascending order, with the recall of the 10 and of the 100 nearest.
  let ten: [Point]
  let hundred: [Point]

  /// What suits most indexes, for one that was not measured.
  static let uncalibrated = RecallCurve(
    ten: [(24, 0.9), (64, 0.95), (160, 0.98), (320, 0.99)].map { Point(width: $0, recall: $1) },
    hundred: [(128, 0.9), (200, 0.95), (400, 0.98), (700, 0.99)].map { Point(width: $0, recall: $1) })

  /// The smallest width that reached a recall; for more than all reached, the largest one twice.
  func width(for recall: Double, limit: Int) -> Int {
    let few = Self.width(ten, recall), many = Self.width(hundred, recall)
    if limit <= 10 { return max(few, limit) }
    if limit >= 100 { return max(many * limit / 100, limit) }
    return max(few + max(0, many - few) * (limit - 10) / 90, limit)
  }

  private static func width(_ points: [Point], _ recall: Double) -> Int {
    guard let index = points.firstIndex(where: { $0.recall >= recall }) else {
      return 2 * (points.last?.width ?? 512)
    }
    guard index > 0, points[index].recall > points[index - 1].recall else { return points[index].width }
    let (lower, upper) = (points[index - 1], points[index])
    let share = (recall - lower.recall) / (upper.recall - lower.recall)
    return lower.width + Int((share * Double(upper.width - lower.width)).rounded(.up))
  }
}
