extension PackedTokens {
  /// Several batches as one, in their order.
  package init(joining batches: [PackedTokens]) {
    guard batches.count != 1 else {
      self = batches[0]
      return
    }
    self.init()
    for batch in batches {
      let offset = ids.count
      ids += batch.ids
      typeIDs += batch.typeIDs
      starts += batch.starts.dropFirst().map { $0 + offset }
    }
  }
}
