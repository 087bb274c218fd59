#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// A file that `torch.save` wrote, mapped: a pickle that describes tensors, and the tensors' bytes.
///
/// Both containers are read, the zip archive of PyTorch 1.6 and later and the older one of pickles in a row. The pickle
/// is a description here, not a program: `PickleMachine` executes nothing. Every tensor is checked against its bytes
/// before any is handed out. Tensors that share their bytes, as tied weights do, share them here; those that are not in
/// row-major order are gathered when they are read.
public struct TorchCheckpoint: Sendable, TensorFile {
  let file: MappedFile
  /// Every tensor by name.
  public let entries: [String: StoredTensor]
  /// Nothing: such files say nothing about themselves.
  public var metadata: [String: String] { [:] }

  /// The file's path.
  public var path: String { file.path }

  /// Under which names training programs keep a state dict beside other things.
  private static let wrappers = ["state_dict", "model_state_dict", "model"]

  /// Maps a file and checks what it describes.
  ///
  /// - Throws: ``TensorError`` that names the file, and the record, the tensor or the byte where one is at fault; with
  ///   code `.refused` where the pickle wants anything but to describe tensors.
  public init(_ url: URL) throws(TensorError) {
    let file = try MappedFile(url)
    let container: TorchContainer
    switch file.number(at: 0, width: 4) {
    case 0x0403_4B50: container = try TorchContainer(archive: file)
    case let start? where start & 0xFF == 0x80: container = try TorchContainer(pickles: file)
    default:
      throw TensorError(.malformed, file.path, "is no PyTorch checkpoint: neither a zip archive nor a pickle")
    }
    var entries: [String: StoredTensor] = [:]
    for (name, tensor) in try Self.tensors(container, file.path) {
      let subject = "\(file.path): tensor \(name)"
      let entry = try container.entry(tensor, subject)
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw TensorError(.malformed, subject, "is listed twice")
      }
    }
    self.file = file
    self.entries = entries
  }

  /// The tensors of the dictionary that the pickle holds, or of the one that it wraps.
  private static func tensors(
    _ container: TorchContainer, _ path: String
  ) throws(TensorError) -> [(name: String, tensor: PickledTensor)] {
    guard case .dictionary(let root) = container.root else {
      throw TensorError(.mismatch, path, "holds \(container.root.kind), not a dictionary of tensors")
    }
    let items = container.machine.items(root)
    let tensors = container.tensors(items)
    guard tensors.isEmpty, !items.isEmpty else { return tensors }
    for wrapper in wrappers {
      guard case .dictionary(let inner)? = items.last(where: { $0.key.textValue == wrapper })?.value else { continue }
      let tensors = container.tensors(container.machine.items(inner))
      if !tensors.isEmpty { return tensors }
    }
    let found = items.prefix(8).map { "\($0.key.textValue?.prefix(64) ?? "?"): \($0.value.kind)" }.joined(
      separator: ", ")
    throw TensorError(.mismatch, path, "holds no dictionary of tensors, but \(found)")
  }
}
