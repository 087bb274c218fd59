internal import CNeedletail
internal import NeedletailJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// The named tensors of a model folder: one safetensors file or PyTorch checkpoint, or several that an index file lists.
public struct TensorStore: Sendable {
  /// The file or index that errors name.
  public let path: String
  private let files: [any TensorFile]
  private let owner: [String: Int]
  /// Who takes the tensors' outlines, where nobody wants the numbers.
  private var survey: WeightSurvey?

  /// The largest shard index that is read, bytes.
  private static let maximumIndex = 256 << 20

  /// Gives back the memory of what was read once and is not soon read again.
  package func releasePages() {
    for file in files { file.file.advise(.later, 0..<file.file.count) }
  }

  /// Opens one file: a ``TorchCheckpoint`` where its name ends in `.bin` or `.pt`, else a ``SafetensorsFile``.
  public init(file: URL) throws(TensorError) {
    self.init(path: file.path, file: try Self.open(file))
  }

  /// Opens a safetensors file that is mapped already.
  package init(_ file: MappedFile) throws(TensorError) {
    self.init(path: file.path, file: try SafetensorsFile(file))
  }

  /// Opens `name.safetensors` of a folder, or the shards that `name.safetensors.index.json` lists; without either
  /// `pytorch_name.bin`, or the shards that `pytorch_name.bin.index.json` lists.
  ///
  /// - Throws: ``TensorError`` with code `.missing` if the folder has none of them.
  public init(folder: URL, name: String = "model") throws(TensorError) {
    for file in ["\(name).safetensors", "pytorch_\(name).bin"] {
      let single = folder.appending(path: file)
      let index = folder.appending(path: "\(file).index.json")
      if FileManager.default.fileExists(atPath: single.path) {
        try self.init(file: single)
        return
      }
      if FileManager.default.fileExists(atPath: index.path) {
        try self.init(index: index, folder: folder)
        return
      }
    }
    throw TensorError(
      .missing, folder.path,
      "has neither \(name).safetensors nor pytorch_\(name).bin; other formats are not read: save the model as safetensors"
    )
  }

  private init(path: String, file: any TensorFile) {
    self.path = path
    files = [file]
    owner = file.entries.mapValues { _ in 0 }
  }

  private static func open(_ url: URL) throws(TensorError) -> any TensorFile {
    url.path.hasSuffix(".bin") || url.path.hasSuffix(".pt") ? try TorchCheckpoint(url) : try SafetensorsFile(url)
  }

  /// Each tensor comes from the shard that the index names for it, whatever other shards hold.
  private init(index: URL, folder: URL) throws(TensorError) {
    let bytes: [UInt8]
    do { bytes = try RegularFile.bytes(index.path, name: index.path, limit: Self.maximumIndex) } catch {
      throw TensorError(.unreadable, error.name, error.message)
    }
    var owner: [String: Int] = [:]
    var positions: [String: Int] = [:]
    do {
      let root = try JSONDocument(parsing: bytes, subject: index.path).root
      for (key, value) in try root.value("weight_map").expect(.object, "weight_map").members {
        guard let name = value.string else { throw value.error(.wrongType, "a shard's name should be a string") }
        let position = positions[name] ?? positions.count
        positions[name] = position
        owner[String(decoding: key, as: UTF8.self)] = position
      }
    } catch { throw TensorError(.malformed, index.path, "is not a shard index: \(error)") }
    var files: [any TensorFile] = []
    for (name, _) in positions.sorted(by: { $0.value < $1.value }) {
      guard !name.contains("/"), !name.contains("\\"), name != "..", !name.contains("\0") else {
        throw TensorError(.malformed, index.path, "names the shard \"\(name)\" outside its folder")
      }
      files.append(try Self.open(folder.appending(path: name)))
    }
    for (tensor, position) in owner.sorted(by: { $0.key < $1.key }) where files[position].entries[tensor] == nil {
      throw TensorError(
        .missing, files[position].file.path, "has no tensor \(tensor), which \(index.path) says is there")
    }
    path = index.path
    self.files = files
    self.owner = owner
  }

  /// The same tensors without their numbers: what is asked for becomes an outline that must not be computed with.
  package func surveyed(by survey: WeightSurvey) -> TensorStore {
    var store = self
    store.survey = survey
    survey.note(self)
    return store
  }

  /// The files that hold the tensors, and the one that lists them.
  package var paths: [String] { Array(Set([path] + files.map(\.file.path))).sorted() }

  /// The names of all tensors, sorted.
  public var names: [String] { owner.keys.sorted() }
  /// The names of all tensors as they lie in the files.
  package var namesInOrder: [String] {
    let places = owner.map { name, file in
      (name: name, file: file, start: files[file].entries[name]?.range.lowerBound ?? 0)
    }
    return places.sorted { ($0.file, $0.start, $0.name) < ($1.file, $1.start, $1.name) }.map(\.name)
  }
  /// Whether there is a tensor of this name, or what a quantised weight of this name is made of.
  public func contains(_ name: String) -> Bool {
    owner[name] != nil || QuantizedWeight.parts(of: name, in: self) != nil
  }
  /// The place of a tensor, or `nil`.
  public func entry(_ name: String) -> StoredTensor? { owner[name].flatMap { files[$0].entries[name] } }
  /// Metadata of the first file.
  public var metadata: [String: String] { files.first?.metadata ?? [:] }

  /// A tensor as float32, in place where it is stored so, else widened; quantised weights as what their codes mean.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - shape: The shape that it must have; `nil` in a place where any size will do.
  /// - Throws: ``TensorError`` with code `.missing` or `.mismatch`, naming file and tensor.
  package func floats(_ name: String, shape: [Int?], kernels: Kernels) throws(TensorError) -> FloatTensor {
    if let parts = QuantizedWeight.parts(of: name, in: self) {
      return try floats(name, of: parts, shape: shape, kernels: kernels)
    }
    let (file, entry) = try locate(name, shape: shape)
    let subject = "\(file.path): tensor \(name)"
    guard let survey else { return try FloatTensor(file: file, entry: entry, subject: subject, kernels: kernels) }
    let outline = try FloatTensor(outline: entry, subject: subject, survey: survey)
    survey.note(name, of: self, numbers: outline.count, bytes: outline.count * MemoryLayout<Float>.stride)
    return outline
  }

  private func floats(
    _ name: String, of parts: [String], shape: [Int?], kernels: Kernels
  ) throws(TensorError) -> FloatTensor {
    var plain = self
    plain.survey = nil
    let weight = try QuantizedWeight(name, shape: shape, in: plain, kernels: kernels)
    guard let survey else { return try weight.floats(for: "\(path): tensor \(name)") }
    let outline = FloatTensor(outline: weight.shape, survey: survey)
    for (index, part) in parts.enumerated() {
      let numbers = index == 0 ? outline.count : 0
      survey.note(part, of: self, numbers: numbers, bytes: numbers * MemoryLayout<Float>.stride)
    }
    return outline
  }

  /// The raw bytes of a tensor of one type and shape, in place where they follow one another.
  package func bytes(_ name: String, type: ElementType, shape: [Int?]) throws(TensorError) -> MappedBytes {
    let (file, entry) = try locate(name, shape: shape)
    guard entry.type == type else {
      throw TensorError(
        .mismatch, "\(file.path): tensor \(name)",
        "has the element type \(entry.type.rawValue), expected \(type.rawValue)")
    }
    survey?.note(name, of: self, numbers: entry.count, bytes: entry.count * entry.type.size)
    return try MappedBytes(file: file, entry: entry, subject: "\(file.path): tensor \(name)")
  }

  private func locate(_ name: String, shape: [Int?]) throws(TensorError) -> (MappedFile, StoredTensor) {
    guard let index = owner[name], let entry = files[index].entries[name] else {
      throw TensorError(.missing, path, "has no tensor \(name)")
    }
    let fits = entry.shape.count == shape.count && zip(entry.shape, shape).allSatisfy { $1 == nil || $0 == $1 }
    guard fits else {
      let wanted = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
      throw TensorError(
        .mismatch, "\(files[index].file.path): tensor \(name)", "has shape \(entry.shape), expected [\(wanted)]")
    }
    return (files[index].file, entry)
  }
}
