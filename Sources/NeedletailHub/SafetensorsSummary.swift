import NeedletailJSON
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the header of a safetensors file, or the pickle of a PyTorch checkpoint, tells about its contents; the contents
/// are not read.
package struct SafetensorsSummary: Sendable {
  /// How many numbers the tensors hold in all, position tables and other whole numbers wider than 8 bits excluded.
  package private(set) var parameters = 0
  /// How many numbers there are of each type, as the format spells the types (`F32`, `BF16`, `I8`, …).
  private(set) var parametersByType: [String: Int] = [:]
  /// The shapes of the tensors with two sides, by name.
  private(set) var matrices: [String: (rows: Int, columns: Int)] = [:]

  /// How many numbers there are of all types.
  package private(set) var total = 0

  /// The largest header that is read, bytes.
  static let headerLimit = 100 << 20

  /// Reads the header of one file.
  ///
  /// - Throws: ``HubError`` with code `.badFolder` where the header is longer than the file or makes no sense.
  package init(_ path: String) throws(HubError) {
    let file = try OpenFile(reading: path)
    let size = try file.size()
    let prefix = try file.contents(limit: 8)
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard prefix.count == 8, length <= UInt64(min(max(0, size - 8), Self.headerLimit)) else {
      throw HubError(.badFolder, path, "is no safetensors file: its header should have \(length) bytes of \(size)")
    }
    let bytes = try file.contents(from: 8, limit: Int(length))
    do throws(JSONError) {
      let root = try JSONDocument(parsing: bytes, subject: path).root.expect(.object, "the header")
      for (key, tensor) in root.members where !key.elementsEqual("__metadata__".utf8) {
        try add(String(decoding: key, as: UTF8.self), tensor)
      }
    } catch {
      throw HubError(.badFolder, path, "has a header that cannot be read: \(error)", cause: error)
    }
  }

  /// Reads what a PyTorch checkpoint says of its tensors.
  ///
  /// - Throws: ``HubError`` with code `.badFolder` where it is none, or wants anything else.
  init(checkpoint path: String) throws(HubError) {
    do {
      for (name, tensor) in try TorchCheckpoint(URL(filePath: path)).entries {
        count(name, tensor.type.rawValue, tensor.shape, tensor.shape.reduce(1, *))
      }
    } catch { throw HubError(.badFolder, error.subject, error.message, cause: error) }
  }

  private mutating func add(_ name: String, _ tensor: JSON) throws(JSONError) {
    let shape = try tensor.value("shape").expect(.array, "a shape")
    var sides: [Int] = []
    var count = 1
    for side in shape.elements {
      guard let side = side.integer, side >= 0 else { throw tensor.error(.wrongType, "a shape holds no whole number") }
      let (product, overflows) = count.multipliedReportingOverflow(by: side)
      guard !overflows, sides.count < 16 else { throw tensor.error(.outOfRange, "a shape is too large") }
      count = product
      sides.append(side)
    }
    guard !total.addingReportingOverflow(count).overflow else {
      throw tensor.error(.outOfRange, "the tensors are too large")
    }
    self.count(name, try tensor.string("dtype"), sides, count)
  }

  private mutating func count(_ name: String, _ type: String, _ sides: [Int], _ count: Int) {
    total += count
    if !["I64", "U64", "I32", "U32", "I16", "U16", "BOOL"].contains(type) { parameters += count }
    parametersByType[type, default: 0] += count
    if sides.count == 2 { matrices[name] = (sides[0], sides[1]) }
  }
}
