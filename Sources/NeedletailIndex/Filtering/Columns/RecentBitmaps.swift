internal import Synchronization

/// The sets of positions of the filters that were asked for last.
final class RecentBitmaps: Sendable {
  /// A set over a million positions has 125 kB.
  private static let most = 8

  /// The latest last.
  private let entries: Mutex<[(filter: Filter, bitmap: Bitmap)]> = Mutex([])

  /// The memory that the sets take, in bytes.
  var memory: Int { entries.withLock { $0.reduce(0) { $0 + 8 * $1.bitmap.words.count } } }

  /// The set of a filter, if it is here.
  func find(_ filter: Filter) -> Bitmap? {
    entries.withLock { entries in
      guard let index = entries.firstIndex(where: { $0.filter == filter }) else { return nil }
      let entry = entries.remove(at: index)
      entries.append(entry)
      return entry.bitmap
    }
  }

  /// Remembers a set; the one unused for longest goes.
  func add(_ filter: Filter, _ bitmap: Bitmap) {
    entries.withLock { entries in
      entries.removeAll { $0.filter == filter }
      if entries.count == Self.most { entries.removeFirst() }
      entries.append((filter, bitmap))
    }
  }
}
