/// Where the records of a zip archive lie in a mapped file, as far as PyTorch writes such archives: nothing is
/// compressed, and every record stands below one folder.
///
/// The table at the archive's end is checked as a whole before any record is handed out (PKWARE APPNOTE 6.3, with the
/// ZIP64 extensions): records are stored, lie inside the file and do not overlap, and no name leads out of the folder.
struct ZipDirectory {
  /// The bytes of each record, by its name below the folder that all of them share.
  let records: [String: Range<Int>]

  /// Marks of the parts of an archive.
  private enum Signature {
    static let localHeader: UInt64 = 0x0403_4B50
    static let entry: UInt64 = 0x0201_4B50
    static let end: UInt64 = 0x0605_4B50
    static let wideEnd: UInt64 = 0x0606_4B50
    static let wideLocator: UInt64 = 0x0706_4B50
  }

  /// One row of the table.
  private struct Row {
    let name: String
    let size: Int
    let header: Int
  }

  /// The largest table that is read, bytes.
  private static let maximumTable = 64 << 20

  /// - Throws: ``TensorError`` with code `.malformed`, or `.refused` for compressed and encrypted records, naming the
  ///   record where one is at fault.
  init(_ file: MappedFile) throws(TensorError) {
    let table = try Self.table(file)
    var rows: [Row] = []
    var position = table.lowerBound
    while position < table.upperBound {
      let (row, end) = try Self.row(file, at: position, limit: table.upperBound)
      rows.append(row)
      position = end
    }
    rows.sort { ($0.header, $0.name) < ($1.header, $1.name) }
    let folder = rows.first.map { $0.name.prefix { $0 != "/" } + "/" } ?? "/"
    var records: [String: Range<Int>] = [:]
    for (index, row) in rows.enumerated() {
      let subject = "\(file.path): record \(row.name)"
      guard row.name.hasPrefix(folder) else {
        throw TensorError(.malformed, subject, "does not lie in the folder \(folder) of the others")
      }
      let limit = index + 1 < rows.count ? rows[index + 1].header : table.lowerBound
      let range = try Self.contents(file, of: row, limit: limit, subject)
      guard records.updateValue(range, forKey: String(row.name.dropFirst(folder.count))) == nil else {
        throw TensorError(.malformed, subject, "is listed twice")
      }
    }
    self.records = records
  }

  /// Finds the table of records through the mark at the archive's end.
  private static func table(_ file: MappedFile) throws(TensorError) -> Range<Int> {
    let last = file.count - 22
    let first = max(0, last - 0xFFFF)
    let found = stride(from: last, through: first, by: -1).first { place in
      file.number(at: place, width: 4) == Signature.end && file.number(at: place + 20, width: 2) == UInt64(last - place)
    }
    guard let end = found else {
      throw TensorError(.malformed, file.path, "has no table of records at its end (is it truncated?)")
    }
    var limit = end
    var numbers = (size: file.number(at: end + 12, width: 4), start: file.number(at: end + 16, width: 4))
    if file.number(at: end - 20, width: 4) == Signature.wideLocator {
      guard let place = file.number(at: end - 12, width: 8), let wide = Int(exactly: place), wide <= end - 76,
        file.number(at: wide, width: 4) == Signature.wideEnd
      else { throw TensorError(.malformed, file.path, "has a damaged ZIP64 end of its table of records") }
      numbers = (file.number(at: wide + 40, width: 8), file.number(at: wide + 48, width: 8))
      limit = wide
    }
    guard let size = numbers.size.flatMap({ Int(exactly: $0) }),
      let start = numbers.start.flatMap({ Int(exactly: $0) }),
      start <= limit, size <= limit - start
    else { throw TensorError(.malformed, file.path, "has its table of records outside the file (is it truncated?)") }
    guard size <= maximumTable else {
      throw TensorError(
        .malformed, file.path, "has a table of records of \(size) bytes; at most \(maximumTable) are read")
    }
    return start..<(start + size)
  }

  /// One row of the table, and where the next begins.
  private static func row(_ file: MappedFile, at place: Int, limit: Int) throws(TensorError) -> (Row, end: Int) {
    let damaged = TensorError(.malformed, file.path, "has a damaged table of records at byte \(place)")
    guard limit - place >= 46, file.number(at: place, width: 4) == Signature.entry else { throw damaged }
    func field(_ offset: Int, _ width: Int) -> Int {
      file.number(at: place + offset, width: width).map { Int($0) } ?? 0
    }
    let nameEnd = place + 46 + field(28, 2)
    let extraEnd = nameEnd + field(30, 2)
    let end = extraEnd + field(32, 2)
    guard end <= limit else { throw damaged }
    guard let name = String(validating: file.bytes(place + 46..<nameEnd), as: UTF8.self) else { throw damaged }
    let subject = "\(file.path): record \(name)"
    guard isInside(name) else { throw TensorError(.malformed, subject, "has a name that leads out of the archive") }
    guard field(8, 2) & 1 == 0 else { throw TensorError(.refused, subject, "is encrypted; such files are not read") }
    guard field(10, 2) == 0 else {
      throw TensorError(
        .refused, subject,
        "is compressed (method \(field(10, 2))); PyTorch stores tensors as they are, and so only is read")
    }
    // Numbers that do not fit in 32 bits stand in an extra field, in this order.
    var wide = wideNumbers(file, nameEnd..<extraEnd)[...]
    func number(_ offset: Int) throws(TensorError) -> Int {
      guard field(offset, 4) == 0xFFFF_FFFF else { return field(offset, 4) }
      guard let value = wide.popFirst().flatMap({ Int(exactly: $0) }) else { throw damaged }
      return value
    }
    let size = try number(24)
    guard try number(20) == size else {
      throw TensorError(.malformed, subject, "is stored, but claims a length for its compressed form")
    }
    return (Row(name: name, size: size, header: try number(42)), end)
  }

  /// The numbers of the ZIP64 field among the extra fields of a row.
  private static func wideNumbers(_ file: MappedFile, _ extra: Range<Int>) -> [UInt64] {
    var place = extra.lowerBound
    while let kind = file.number(at: place, width: 2), let size = file.number(at: place + 2, width: 2),
      place + 4 + Int(size) <= extra.upperBound
    {
      let start = place + 4
      if kind == 1 {
        return (0..<Int(size) / 8).compactMap { file.number(at: start + $0 * 8, width: 8) }
      }
      place = start + Int(size)
    }
    return []
  }

  /// The bytes of a record, behind the header that stands before them.
  private static func contents(
    _ file: MappedFile, of row: Row, limit: Int, _ subject: String
  ) throws(TensorError) -> Range<Int> {
    guard row.header <= limit - 30, file.number(at: row.header, width: 4) == Signature.localHeader,
      let name = file.number(at: row.header + 26, width: 2), let extra = file.number(at: row.header + 28, width: 2)
    else { throw TensorError(.malformed, subject, "has no header where the table of records says it is") }
    let start = row.header + 30 + Int(name) + Int(extra)
    guard start <= limit, row.size <= limit - start else {
      throw TensorError(
        .malformed, subject, "has \(row.size) bytes, which reach into what follows (is the file truncated?)")
    }
    return start..<(start + row.size)
  }

  /// Whether a name is one of a record below a folder, and would stay there.
  private static func isInside(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 1 && !name.contains("\\") && !name.contains("\0")
      && parts.allSatisfy { !["", ".", ".."].contains($0) }
  }
}
