/// The keys and values that one attention has seen of one text, for the tokens that follow.
package final class KeyValueCache {
  /// Features of a token's keys, and of its values.
  let features: Int
  /// Tokens in it.
  package private(set) var count = 0
  private(set) var keys: [Float] = []
  private(set) var values: [Float] = []

  init(features: Int) { self.features = features }

  /// Adds the keys and values of further tokens.
  ///
  /// - Parameters:
  ///   - rows: `[tokens, …]`.
  ///   - column: Where the keys of a row start; its values follow them.
  func append(_ rows: Block, column: Int, in workspace: Workspace) {
    let start = unsafe workspace.pointer(rows)
    for row in 0..<rows.rows {
      let key = unsafe start + row * rows.columns + column
      unsafe keys.append(contentsOf: UnsafeBufferPointer(start: key, count: features))
      unsafe values.append(contentsOf: UnsafeBufferPointer(start: key + features, count: features))
    }
    count += rows.rows
  }

  /// Forgets the last tokens.
  package func truncate(to count: Int) {
    precondition(count <= self.count, "there are so many tokens")
    keys.removeLast((self.count - count) * features)
    values.removeLast((self.count - count) * features)
    self.count = count
  }
}
