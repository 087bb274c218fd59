internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The weights of a transformer with adapters added, being written: every tensor of the base in its order and type.
struct MergedWeights {
  let store: TensorStore
  let adapted: AdaptedWeights
  /// Bytes of tensors that one file holds before the next begins; a larger tensor has a file of its own.
  let shardSize: Int
  private static let pieceSize = 1 << 20

  /// Writes `model.safetensors`, or shards and `model.safetensors.index.json` where one file would be larger.
  func write(to folder: URL) throws {
    let shards = shards()
    guard shards.count > 1 else {
      try write(shards.first ?? [], to: folder.appending(path: "model.safetensors").path)
      return
    }
    var owners: [(key: String, value: JSONValue)] = []
    for (index, names) in shards.enumerated() {
      let file = "model-\(Self.fiveDigits(index + 1))-of-\(Self.fiveDigits(shards.count)).safetensors"
      try write(names, to: folder.appending(path: file).path)
      owners += names.map { (key: $0, value: .string(file)) }
    }
    let total = store.names.reduce(0) { $0 + size(of: $1) }
    let index = JSONValue.object([
      (key: "metadata", value: .object([(key: "total_size", value: .integer(total))])),
      (key: "weight_map", value: .object(owners.sorted { $0.key < $1.key })),
    ])
    let file = try OutputFile(folder.appending(path: "model.safetensors.index.json").path)
    try file.append((index.text(indented: true) + "\n").utf8)
    try file.commit()
  }

  private static func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  private func size(of name: String) -> Int { store.entry(name).map { $0.count * $0.type.size } ?? 0 }

  /// The names of each file's tensors.
  private func shards() -> [[String]] {
    var shards: [[String]] = []
    var filled = 0
    for name in store.namesInOrder {
      let size = size(of: name)
      if shards.isEmpty || (filled > 0 && filled + size > shardSize) {
        shards.append([])
        filled = 0
      }
      shards[shards.count - 1].append(name)
      filled += size
    }
    return shards.map(aligned)
  }

  /// The same names, the widest elements first where an element would else stand at an address that readers refuse.
  private func aligned(_ names: [String]) -> [String] {
    let width = { (name: String) in store.entry(name)?.type.size ?? 1 }
    var offset = 0
    for name in names {
      guard offset % width(name) == 0 else {
        return names.enumerated().sorted { (-width($0.element), $0.offset) < (-width($1.element), $1.offset) }
          .map(\.element)
      }
      offset += size(of: name)
    }
    return names
  }

  private func write(_ names: [String], to path: String) throws {
    let writer = try SafetensorsWriter(path)
    for name in names {
      guard let entry = store.entry(name) else { preconditionFailure("the store has what it lists") }
      try writer.begin(name, type: entry.type, shape: entry.shape)
      if let sum = try adapted.tensor(name) {
        let rows = sum.shape.count == 2 ? sum.shape[0] : 1
        for row in 0..<rows {
          let values = sum.shape.count == 2 ? sum.rows(row..<row + 1).values : sum.values
          guard let bytes = entry.type.bytes(of: values) else {
            throw EmbeddingError(
              .request, "\(store.path): tensor \(name)",
              "becomes too large for its type \(entry.type.rawValue) with the adapters; convert the base to float32")
          }
          try writer.append(bytes: bytes)
        }
      } else {
        let bytes = try store.bytes(name, type: entry.type, shape: entry.shape)
        for start in stride(from: 0, to: bytes.count, by: Self.pieceSize) {
          try writer.append(bytes: bytes.contents(start..<min(start + Self.pieceSize, bytes.count)))
        }
      }
    }
    try writer.finish()
  }
}
