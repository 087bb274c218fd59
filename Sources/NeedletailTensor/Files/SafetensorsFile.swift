internal import NeedletailJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// A safetensors file, mapped: an 8-byte little-endian header length, a JSON header, and the tensors' bytes.
///
/// The header is checked as a whole before any tensor is handed out: every tensor lies inside the file, has as many
/// bytes as its shape and type need, and no two overlap (format specification: safetensors, version 0.3 and later).
public struct SafetensorsFile: Sendable, TensorFile {
  /// The largest header that is read: 100 MB, as the reference implementation has it.
  static let maximumHeader = 100_000_000

  let file: MappedFile
  /// Every tensor by name.
  public let entries: [String: StoredTensor]
  /// The strings under `__metadata__`.
  public let metadata: [String: String]

  /// The file's path.
  public var path: String { file.path }

  /// Maps a file and checks its header.
  ///
  /// - Throws: ``TensorError`` that names the file, and the tensor where one is at fault.
  public init(_ url: URL) throws(TensorError) {
    try self.init(MappedFile(url))
  }

  init(_ file: MappedFile) throws(TensorError) {
    let path = file.path
    guard file.count >= 8 else { throw TensorError(.malformed, path, "is too short for a safetensors file") }
    let length = file.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.maximumHeader), length <= UInt64(file.count - 8) else {
      throw TensorError(
        .malformed, path, "claims a header of \(length) bytes; the file has \(file.count) (is it truncated?)")
    }
    let dataStart = 8 + Int(length)
    let header: JSON
    do {
      header = try JSONDocument(parsing: file.bytes(8..<dataStart), subject: path).root.expect(.object, "the header")
    } catch { throw TensorError(.malformed, path, "has a malformed header: \(error)") }
    var entries: [String: StoredTensor] = [:]
    var metadata: [String: String] = [:]
    for (key, value) in header.members {
      let name = String(decoding: key, as: UTF8.self)
      if name == "__metadata__" {
        for (key, value) in value.members { metadata[String(decoding: key, as: UTF8.self)] = value.string }
        continue
      }
      let subject = "\(path): tensor \(name)"
      let entry = try Self.entry(value, subject, dataStart: dataStart, fileCount: file.count)
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw TensorError(.malformed, subject, "is listed twice")
      }
    }
    try Self.checkOverlaps(entries, path)
    self.file = file
    self.entries = entries
    self.metadata = metadata
  }

  private static func entry(
    _ value: JSON, _ subject: String, dataStart: Int, fileCount: Int
  ) throws(TensorError) -> StoredTensor {
    let name: String
    let shape: [Int?]
    let offsets: [Int?]
    do {
      name = try value.string("dtype")
      shape = try value.value("shape").expect(.array, "shape").elements.map(\.integer)
      offsets = try value.value("data_offsets").expect(.array, "data_offsets").elements.map(\.integer)
    } catch { throw TensorError(.malformed, subject, "has a malformed header entry: \(error)") }
    guard let type = ElementType(rawValue: name) else {
      throw TensorError(.mismatch, subject, "has the element type \(name), which is not supported")
    }
    let bytes = shape.reduce(type.size as Int?) { total, dimension in
      guard let total, let dimension, dimension >= 0 else { return nil }
      let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
      return overflow ? nil : product
    }
    guard let bytes else { throw TensorError(.malformed, subject, "has an impossible shape") }
    guard offsets.count == 2, let begin = offsets[0], let end = offsets[1], begin >= 0, begin <= end,
      end <= fileCount - dataStart
    else { throw TensorError(.malformed, subject, "has data_offsets outside the file (is it truncated?)") }
    guard end - begin == bytes else {
      throw TensorError(.malformed, subject, "needs \(bytes) bytes for its shape, but has \(end - begin)")
    }
    return StoredTensor(type: type, shape: shape.compactMap(\.self), range: (dataStart + begin)..<(dataStart + end))
  }

  private static func checkOverlaps(_ entries: [String: StoredTensor], _ path: String) throws(TensorError) {
    let ordered = entries.filter { !$0.value.range.isEmpty }
      .sorted { ($0.value.range.lowerBound, $0.key) < ($1.value.range.lowerBound, $1.key) }
    for (one, other) in zip(ordered, ordered.dropFirst())
    where one.value.range.upperBound > other.value.range.lowerBound {
      throw TensorError(.malformed, "\(path): tensor \(other.key)", "overlaps the bytes of \(one.key)")
    }
  }
}
