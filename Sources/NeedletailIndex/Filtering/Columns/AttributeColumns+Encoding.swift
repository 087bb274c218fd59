/// The stored form: a directory, which is read at once, and the columns one after another.
///
/// The directory has the version of the form (4 bytes), the number of positions (8) and of attributes (8); for each
/// attribute, in the order of their keys, the types of its values (1), the number of its keys (8), each key as a list of
/// bytes, and where its column begins (8) and ends (8) among the columns.
extension AttributeColumns {
  private static let version: UInt32 = 1
  /// Where the directory's first attribute stands.
  private static let headSize = 20
  /// The fewest bytes of an attribute in the directory.
  private static let entrySize = 33

  /// The two sections of the stored form.
  ///
  /// - Throws: ``IndexError`` with code `.damaged` if a column that is read from a file is.
  package func encoded() throws(IndexError) -> (directory: [UInt8], columns: [UInt8]) {
    var (directory, values) = (ColumnWriter(), ColumnWriter())
    let attributes = schema.attributes
    directory.append(Self.version)
    directory.append(UInt64(count))
    directory.append(UInt64(attributes.count))
    for attribute in attributes {
      let start = values.bytes.count
      guard let column = try columns[attribute] else { preconditionFailure("an attribute has a column") }
      values.append(column)
      directory.append(column.kinds.rawValue)
      directory.append(UInt64(attribute.keys.count))
      for key in attribute.keys { directory.append(key) }
      directory.append(UInt64(start))
      directory.append(UInt64(values.bytes.count))
    }
    return (directory.bytes, values.bytes)
  }

  /// Opens the stored form.
  ///
  /// - Parameters:
  ///   - directory: The first section.
  ///   - size: How many bytes the second section has.
  ///   - subject: What errors name.
  ///   - read: Some bytes of the second section; called when a filter first asks for a column.
  /// - Throws: ``IndexError`` with code `.damaged` or `.unsupported`.
  package init(
    directory: [UInt8], size: Int, subject: String, read: @escaping @Sendable (Range<Int>) throws(IndexError) -> [UInt8]
  ) throws(IndexError) {
    var reader = ColumnReader(directory, subject: subject, count: 0)
    let version = try reader.number(UInt32.self)
    guard version == Self.version else {
      throw IndexError(
        .unsupported, subject, "columns have form \(version); this version of Needletail reads \(Self.version)")
    }
    let (count, attributes) = (try reader.number(UInt64.self), try reader.number(UInt64.self))
    guard count < UInt64(UInt32.max), attributes <= UInt64((directory.count - Self.headSize) / Self.entrySize) else {
      throw reader.error("there are more positions or attributes than can be")
    }
    var (schema, places, last) = (AttributeSchema(), [Attribute: Range<Int>](), [ExactText]())
    for _ in 0..<attributes {
      let kinds = AttributeSchema.Kinds(rawValue: try reader.number())
      let depth = try reader.number(UInt64.self)
      guard depth > 0, depth <= UInt64(directory.count / 8) else {
        throw reader.error("an attribute has \(depth) keys")
      }
      var keys: [ExactText] = []
      for _ in 0..<depth { keys.append(try reader.text()) }
      let (start, end) = (try reader.number(UInt64.self), try reader.number(UInt64.self))
      guard kinds.isSubset(of: .all), last.lexicographicallyPrecedes(keys), start <= end, end <= UInt64(size) else {
        throw reader.error("an attribute is out of order, or its column outside of the columns")
      }
      schema.insert(Attribute(keys: keys), kinds)
      places[Attribute(keys: keys)] = Int(start)..<Int(end)
      last = keys
    }
    try reader.end()
    let known = schema
    self.init(
      count: Int(count), schema: schema,
      columns: LoadedColumns(places: places) { (place, attribute) throws(IndexError) in
        var reader = ColumnReader(try read(place), subject: "\(subject), \(attribute)", count: Int(count))
        let column = try reader.column()
        try reader.end()
        guard known.kinds[attribute] == column.kinds else {
          throw reader.error("a column has other types than expected")
        }
        return column
      })
  }
}
