internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The bytes of a safetensors file: the same tensors in the same order give the same bytes.
struct SafetensorsWriter {
  /// A tensor to write.
  struct Tensor {
    let name: String
    /// "F32" or "I8".
    let type: String
    let shape: [Int]
    /// Little-endian.
    let bytes: [UInt8]

    init(_ name: String, floats: [Float], shape: [Int]) {
      (self.name, type, self.shape) = (name, "F32", shape)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(floats.count * 4)
      for value in floats {
        let bits = value.bitPattern
        for shift in stride(from: 0, through: 24, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift)))
        }
      }
      self.bytes = bytes
    }

    init(_ name: String, int8: [Int8], shape: [Int]) {
      (self.name, type, self.shape) = (name, "I8", shape)
      bytes = int8.map { UInt8(bitPattern: $0) }
    }
  }

  /// The file's bytes: header length, header padded so that the data is 8-byte aligned, data.
  ///
  /// - Parameter tensors: In the order of their data; the widest elements first keeps all of them aligned.
  static func data(_ tensors: [Tensor]) -> Data {
    var members: [(key: String, value: JSONValue)] = [
      ("__metadata__", .object([(key: "format", value: .string("pt"))]))
    ]
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.bytes.count
      members.append(
        (
          tensor.name,
          .object([
            (key: "dtype", value: .string(tensor.type)),
            (key: "shape", value: .array(tensor.shape.map(JSONValue.integer))),
            (key: "data_offsets", value: .array([.integer(offset), .integer(end)])),
          ])
        ))
      offset = end
    }
    var header = Array(JSONValue.object(members).text().utf8)
    while header.count % 8 != 0 { header.append(0x20) }
    var data = Data(capacity: 8 + header.count + offset)
    for shift in stride(from: 0, through: 56, by: 8) { data.append(UInt8(truncatingIfNeeded: header.count >> shift)) }
    data.append(contentsOf: header)
    for tensor in tensors { data.append(contentsOf: tensor.bytes) }
    return data
  }
}
