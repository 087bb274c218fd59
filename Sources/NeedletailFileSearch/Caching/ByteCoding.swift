/// Writes numbers and texts as bytes, the low byte first.
struct ByteEncoder {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ value: some FixedWidthInteger) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func add(_ content: some Collection<UInt8>) {
    add(UInt32(content.count))
    bytes += content
  }

  /// A text that may be absent.
  mutating func add(_ text: String?) {
    add(UInt8(text == nil ? 0 : 1))
    if let text { add(Array(text.utf8)) }
  }

  /// Bytes whose number the reader knows.
  mutating func addRaw(_ content: [UInt8]) { bytes += content }
}

/// Reads what ``ByteEncoder`` wrote; `nil` wherever the bytes are too few.
struct ByteDecoder {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes)[...] }

  mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
    let count = Value.bitWidth / 8
    guard rest.count >= count else { return nil }
    var value: Value = 0
    for byte in rest.prefix(count).reversed() {
      value = (Value.bitWidth > 8 ? value << 8 : 0) | Value(truncatingIfNeeded: byte)
    }
    rest = rest.dropFirst(count)
    return value
  }

  mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func bytes() -> ArraySlice<UInt8>? {
    guard let count = integer(UInt32.self) else { return nil }
    return bytes(Int(count))
  }

  mutating func text() -> String? { bytes().map { String(decoding: $0, as: UTF8.self) } }

  /// A text that may be absent; the outer `nil` means too few bytes.
  mutating func optionalText() -> String?? {
    guard let flag = integer(UInt8.self) else { return nil }
    if flag == 0 { return .some(nil) }
    return text().map { .some($0) }
  }
}
