internal import Synchronization

/// The metadata of an index's vectors, attribute by attribute: answers a filter with the set of positions it holds for.
///
///     var builder = AttributeColumnsBuilder()
///     for document in documents { builder.append(document.metadata) }
///     let columns = try builder.finish()
///     let allowed = try columns.bitmap(for: "year" >= 2020)
///
/// Strings and numbers are kept once each, sorted, with the positions that have them; what many positions have is kept as
/// bits. So a comparison costs two binary searches and a step for each position found, and combining costs a step for 64
/// positions. Columns that are read from a file are read when a filter first asks for them.
public struct AttributeColumns: Sendable {
  /// How many positions there are.
  public let count: Int
  /// The attributes and the types of their values.
  public let schema: AttributeSchema
  let columns: LoadedColumns
  private let recent = RecentBitmaps()

  init(count: Int, schema: AttributeSchema, columns: LoadedColumns) {
    self.count = count
    self.schema = schema
    self.columns = columns
  }

  /// The memory that columns and sets take so far, in bytes.
  public var memory: Int { columns.memory + recent.memory }

  /// The positions for which a filter holds.
  ///
  /// An attribute that is not here has no value at any position; ``AttributeSchema/check(_:)`` makes it an error.
  ///
  /// The sets of the last few filters are remembered, so that many queries with one filter cost one set.
  ///
  /// - Throws: ``IndexError`` with code `.damaged` if a column that is read from a file is.
  /// - Complexity: O(positions found by each comparison + ``count`` / 64 for each operation).
  public func bitmap(for filter: Filter) throws(IndexError) -> Bitmap {
    if let known = recent.find(filter) { return known }
    let bitmap = try bitmap(filter.node)
    recent.add(filter, bitmap)
    return bitmap
  }

  /// How many positions a filter holds for, without visiting them.
  ///
  /// It is exact for a comparison of an attribute with one value at each position.
  ///
  /// - Throws: ``IndexError`` with code `.damaged` if a column that is read from a file is.
  public func estimate(for filter: Filter) throws(IndexError) -> FilterEstimate { try estimate(filter.node) }

  private func bitmap(_ node: Filter.Node) throws(IndexError) -> Bitmap {
    switch node {
    case .all(let parts):
      var result = Bitmap(count: count, repeating: true)
      for part in parts {
        if case .not(let excluded) = part {
          result.subtract(try bitmap(excluded))
        } else {
          result.formIntersection(try bitmap(part))
        }
      }
      return result
    case .any(let parts):
      var result = Bitmap(count: count)
      for part in parts { result.formUnion(try bitmap(part)) }
      return result
    case .not(let part): return try inverted(part)
    case .compare(let attribute, .notEqual, let value): return try inverted(.compare(attribute, .equal, value))
    case .compare, .isMember, .hasPrefix, .exists:
      var result = Bitmap(count: count)
      for part in try parts(of: node)?.parts ?? [] { part.insert(into: &result) }
      return result
    }
  }

  private func inverted(_ node: Filter.Node) throws(IndexError) -> Bitmap {
    var result = try bitmap(node)
    result.invert()
    return result
  }

  private func estimate(_ node: Filter.Node) throws(IndexError) -> FilterEstimate {
    switch node {
    case .all(let parts): return try estimates(parts).reduce(.all(count)) { $0.intersected($1, of: count) }
    case .any(let parts): return try estimates(parts).reduce(.none) { $0.joined($1, of: count) }
    case .not(let part): return try estimate(part).inverted(of: count)
    case .compare(let attribute, .notEqual, let value):
      return try estimate(.compare(attribute, .equal, value)).inverted(of: count)
    case .compare, .isMember, .hasPrefix, .exists:
      guard let (parts, isSingle) = try parts(of: node) else { return .none }
      return FilterEstimate(parts.map(\.population), areDisjoint: isSingle, of: count)
    }
  }

  private func estimates(_ nodes: [Filter.Node]) throws(IndexError) -> [FilterEstimate] {
    var result: [FilterEstimate] = []
    for node in nodes { result.append(try estimate(node)) }
    return result
  }

  /// The sets of positions whose union a comparison is, and whether no position is in two of them.
  private func parts(of node: Filter.Node) throws(IndexError) -> (parts: [AttributeColumn.Part], areDisjoint: Bool)? {
    switch node {
    case .compare(let attribute, let comparison, let value):
      guard let column = try columns[attribute] else { return nil }
      let parts = comparison.isOrder ? column.ordered(comparison, value) : column.equal(to: value)
      return (parts, column.isSingle)
    case .isMember(let attribute, let values):
      guard let column = try columns[attribute] else { return nil }
      return (Set(values).flatMap { column.equal(to: $0) }, column.isSingle)
    case .hasPrefix(let attribute, let prefix):
      guard let column = try columns[attribute] else { return nil }
      return (column.prefixed(prefix), column.isSingle)
    case .exists(let attribute):
      guard let column = try columns[attribute] else { return nil }
      return ([.set(column.existing)], true)
    case .not, .all, .any: return nil
    }
  }
}

/// The columns in memory, and where the others come from.
final class LoadedColumns: Sendable {
  /// Reads the column of an attribute; its name says which one in errors.
  typealias Reader = @Sendable (Range<Int>, Attribute) throws(IndexError) -> AttributeColumn

  /// Where each column that is not in memory stands.
  private let places: [Attribute: Range<Int>]
  private let read: Reader?
  private let loaded: Mutex<[Attribute: AttributeColumn]>

  /// Columns in memory.
  init(_ columns: [Attribute: AttributeColumn]) {
    places = [:]
    read = nil
    loaded = Mutex(columns)
  }

  /// Columns that are read when they are asked for.
  init(places: [Attribute: Range<Int>], read: @escaping Reader) {
    self.places = places
    self.read = read
    loaded = Mutex([:])
  }

  var memory: Int { loaded.withLock { $0.values.reduce(0) { $0 + $1.bytes } } }

  /// The column of an attribute; `nil` where no position has it.
  subscript(attribute: Attribute) -> AttributeColumn? {
    get throws(IndexError) {
      if let column = loaded.withLock({ $0[attribute] }) { return column }
      guard let place = places[attribute], let read else { return nil }
      // Two readers may read the same column at once; both get the same.
      let column = try read(place, attribute)
      loaded.withLock { $0[attribute] = column }
      return column
    }
  }
}
