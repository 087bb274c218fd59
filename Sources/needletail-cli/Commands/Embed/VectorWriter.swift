import ArgumentParser
import Needletail
import NeedletailTensor

/// How vectors are written.
enum VectorFormat: String, CaseIterable, ExpressibleByArgument { case jsonl, npy, safetensors, tsv }

/// Writes vectors batch after batch; the file has its name once ``finish()`` is through.
final class VectorWriter {
  private enum Kind {
    case lines(OutputFile, VectorFormat)
    case npy(NpyWriter)
    case safetensors(SafetensorsWriter)
  }

  private let kind: Kind
  private static let rowsPerItem = 64

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: Where it will be; `-` is standard output.
  ///   - format: How vectors are written.
  ///   - columns: Values of a vector.
  init(_ path: String, format: VectorFormat, columns: Int) throws {
    kind =
      switch format {
      case .npy: .npy(try NpyWriter(path, columns: columns))
      case .safetensors: .safetensors(try SafetensorsWriter(path, growing: "embeddings", columns: columns))
      case .jsonl, .tsv: .lines(try OutputFile(path), format)
      }
  }

  /// Adds vectors.
  ///
  /// - Parameters:
  ///   - vectors: One a row.
  ///   - ids: One a vector; only formats of lines keep them.
  ///   - team: The threads that turn numbers into text.
  func append(_ vectors: Matrix, ids: [JSONValue], team: ComputeTeam) async throws {
    switch kind {
    case .npy(let writer): try writer.append(vectors)
    case .safetensors(let writer): try writer.append(rows: vectors)
    case .lines(let file, let format):
      let items = (vectors.rows + Self.rowsPerItem - 1) / Self.rowsPerItem
      let texts = try await team.map(items) { item in
        let rows = item * Self.rowsPerItem..<min((item + 1) * Self.rowsPerItem, vectors.rows)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rows.count * (64 + 13 * vectors.columns))
        for row in rows { Self.write(vectors[row: row], ids[row], format, to: &bytes) }
        return bytes
      }
      for text in texts { try file.append(text) }
      try file.flush()
    }
  }

  /// Completes the file.
  func finish() throws {
    switch kind {
    case .lines(let file, _): try file.commit()
    case .npy(let writer): try writer.finish()
    case .safetensors(let writer): try writer.finish()
    }
  }

  /// Adds a line; numbers have the fewest digits that read back as the same `Float`.
  private static func write(
    _ vector: ArraySlice<Float>, _ id: JSONValue, _ format: VectorFormat, to bytes: inout [UInt8]
  ) {
    if format == .jsonl {
      bytes.append(contentsOf: "{\"id\":\(id.text()),\"embedding\":[".utf8)
    } else {
      let name = if case .string(let text) = id { StandardError.oneLine(text) } else { id.text() }
      bytes.append(contentsOf: name.utf8)
    }
    for (feature, value) in vector.enumerated() {
      if format == .tsv { bytes.append(UInt8(ascii: "\t")) } else if feature > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: (value.isFinite || format == .tsv ? value.description : "null").utf8)
    }
    bytes.append(contentsOf: (format == .jsonl ? "]}\n" : "\n").utf8)
  }
}
