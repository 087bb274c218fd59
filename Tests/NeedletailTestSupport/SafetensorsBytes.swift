/// The bytes of a safetensors file, put together by hand so that they can lie.
public enum SafetensorsBytes {
  /// A file with this header and data.
  ///
  /// - Parameter length: What the file claims as the length of its header; the truth where absent.
  public static func file(header: String, data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
    littleEndian(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + data
  }

  /// A valid file: the tensors one after the other in this order.
  public static func file(_ tensors: [(name: String, type: String, shape: [Int], bytes: [UInt8])]) -> [UInt8] {
    var entries: [String] = []
    var data: [UInt8] = []
    for (name, type, shape, bytes) in tensors {
      let offsets = [data.count, data.count + bytes.count]
      entries.append(#""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#)
      data += bytes
    }
    return file(header: "{" + entries.joined(separator: ",") + "}", data: data)
  }

  /// The bytes of numbers, the low byte first.
  public static func littleEndian<Value: FixedWidthInteger>(_ values: Value...) -> [UInt8] {
    values.flatMap { value in
      stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
  }

  /// The bytes of float32 numbers.
  public static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { littleEndian($0.bitPattern) } }
}
