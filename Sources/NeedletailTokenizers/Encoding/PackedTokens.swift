/// The tokens of a batch of texts, one text after another without padding.
///
/// Text `i` owns the positions `starts[i]..<starts[i + 1]` of every array. This is what an encoder reads.
public struct PackedTokens: Sendable, Equatable {
  /// Vocabulary ids, every text's special tokens included.
  public var ids: [Int32]
  /// Segment of each token: 0 for the first text of a pair, 1 for the second.
  public var typeIDs: [Int32]
  /// Where each text starts, and at the end where the last one ends: `count + 1` ascending values, the first 0.
  public var starts: [Int]

  /// An empty batch.
  public init() {
    ids = []
    typeIDs = []
    starts = [0]
  }

  /// How many texts the batch holds.
  public var count: Int { starts.count - 1 }
  /// The positions of text `index`.
  public func range(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

  /// Adds one text.
  ///
  /// - Parameters:
  ///   - ids: Its vocabulary ids.
  ///   - typeIDs: Its segments, as many as `ids`; all 0 where absent.
  public mutating func append(ids: some Collection<Int32>, typeIDs: (some Collection<Int32>)? = [Int32]?.none) {
    self.ids.append(contentsOf: ids)
    if let typeIDs {
      self.typeIDs.append(contentsOf: typeIDs)
    } else {
      self.typeIDs.append(contentsOf: repeatElement(0, count: ids.count))
    }
    precondition(self.ids.count == self.typeIDs.count, "a text has as many type ids as ids")
    starts.append(self.ids.count)
  }
}
