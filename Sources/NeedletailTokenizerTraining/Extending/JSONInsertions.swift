internal import NeedletailJSON

/// Changes to a JSON text that leave everything else as it is, byte for byte.
struct JSONInsertions {
  private let document: JSONDocument
  private let bytes: [UInt8]
  private var edits: [(range: Range<Int>, text: String)] = []

  init(_ bytes: [UInt8], _ document: JSONDocument) {
    self.bytes = bytes
    self.document = document
  }

  /// Adds entries at the end of an array or an object, on lines of their own where the others are.
  mutating func append(_ entries: [String], to container: JSON) {
    guard !entries.isEmpty else { return }
    let end = container.source.endIndex - 1
    var start = end
    while start > 0, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[start - 1]) { start -= 1 }
    let closing = String(decoding: bytes[start..<end], as: UTF8.self)
    let opening = closing.contains("\n") ? closing + "  " : ""
    let first = container.count == 0 ? "" : ","
    edits.append((start..<end, first + entries.map { opening + $0 }.joined(separator: ",") + closing))
  }

  /// Puts another value in the place of one that is not a string.
  mutating func replace(_ value: JSON, by text: String) {
    edits.append((value.source.startIndex..<value.source.endIndex, text))
  }

  /// The changed text.
  func applied() -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.text.utf8.count })
    var position = 0
    for (range, text) in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      result += bytes[position..<range.lowerBound]
      result += text.utf8
      position = range.upperBound
    }
    return result + bytes[position...]
  }
}

extension String {
  /// The string as JSON.
  var quotedJSON: String { JSONValue.string(self).text() }
}
