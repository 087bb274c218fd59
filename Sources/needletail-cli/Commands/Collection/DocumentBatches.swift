/// How many documents are added at a time: so many that a batch takes a second or two, whatever the model.
///
/// A batch is what is lost when the power goes, and what Ctrl-C waits for; it also costs one write to the disk.
struct DocumentBatches {
  /// How many documents the next batch should have.
  private(set) var size = 256
  private static let sizes = 16...8192

  /// Notes how long a batch took.
  mutating func note(_ count: Int, took time: Duration) {
    if time > .seconds(3) {
      size = max(size / 2, Self.sizes.lowerBound)
    } else if time < .seconds(1), count >= size {
      size = min(size * 2, Self.sizes.upperBound)
    }
  }
}
