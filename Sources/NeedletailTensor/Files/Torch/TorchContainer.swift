/// The pickle of a checkpoint, read, and where the bytes of its storages are.
struct TorchContainer {
  /// What has read the pickle.
  let machine: PickleMachine
  /// What the pickle holds.
  let root: PickleValue
  /// The bytes of each storage, by its key.
  private let storages: [String: Range<Int>]

  /// The number that the older container begins with, as the bytes of a pickled integer.
  private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  /// The only version that the older container ever had.
  private static let version = 1001
  /// The newest version of the archive that PyTorch knows.
  private static let newestArchive = 10

  /// Reads an archive: `data.pkl`, `data/KEY` for each storage, `byteorder` and `version`.
  init(archive file: MappedFile) throws(TensorError) {
    let directory = try ZipDirectory(file)
    guard let pickle = directory.records["data.pkl"] else {
      throw TensorError(
        .malformed, file.path, "is a zip archive without a record data.pkl; is it a PyTorch checkpoint?")
    }
    let order = Self.text(file, directory.records["byteorder"]) ?? "little"
    guard order == "little" else {
      throw TensorError(
        .refused, "\(file.path): record byteorder", "says \"\(order)\"; only little-endian files are read")
    }
    if let text = Self.text(file, directory.records["version"]) {
      guard let version = Int(text), (1...Self.newestArchive).contains(version) else {
        throw TensorError(
          .refused, "\(file.path): record version", "says \"\(text)\"; versions 1 to \(Self.newestArchive) are read")
      }
    }
    var machine = PickleMachine(file, range: pickle)
    root = try machine.run()
    var storages: [String: Range<Int>] = [:]
    for storage in machine.storages {
      guard let range = directory.records["data/\(storage.key)"] else {
        throw TensorError(.malformed, file.path, "has no record data/\(storage.key), which its pickle says is there")
      }
      guard range.count == storage.bytes else {
        throw TensorError(
          .malformed, "\(file.path): record data/\(storage.key)",
          "has \(range.count) bytes; the pickle says \(storage.bytes)")
      }
      storages[storage.key] = range
    }
    self.machine = machine
    self.storages = storages
  }

  /// Reads the older container: pickles of a number, a version, the writer's machine, the tensors and the storages'
  /// keys, then each storage behind its length.
  init(pickles file: MappedFile) throws(TensorError) {
    var position = 0
    func next() throws(TensorError) -> (PickleMachine, PickleValue) {
      var machine = PickleMachine(file, range: position..<file.count)
      let value = try machine.run()
      position = machine.position
      return (machine, value)
    }
    guard case (_, .wideInteger(Self.magic)) = try next() else {
      throw TensorError(.malformed, file.path, "is a pickle, but not one that begins as a PyTorch checkpoint does")
    }
    guard case (_, .integer(Self.version)) = try next() else {
      throw TensorError(.refused, file.path, "is a PyTorch checkpoint of another version than \(Self.version)")
    }
    guard case (let system, .dictionary(let place)) = try next(),
      case .boolean(true)? = system.items(place).last(where: { $0.key.textValue == "little_endian" })?.value
    else { throw TensorError(.refused, file.path, "does not say little_endian; only such files are read") }
    (machine, root) = try next()
    guard case (let list, .list(let place)) = try next() else {
      throw TensorError(.malformed, file.path, "has no list of storages behind its tensors")
    }
    storages = try Self.storages(file, from: position, keys: list.containers[place], of: machine)
  }

  /// Finds the storages of the older container, which follow one another in the order of their keys.
  private static func storages(
    _ file: MappedFile, from start: Int, keys: [PickleValue], of machine: PickleMachine
  ) throws(TensorError) -> [String: Range<Int>] {
    var described: [String: (bytes: Int, width: Int)] = [:]
    for storage in machine.storages {
      let known = described.updateValue((storage.bytes, storage.type.size), forKey: storage.key)
      guard known?.bytes ?? storage.bytes == storage.bytes else {
        throw TensorError(.malformed, file.path, "describes storage \(storage.key) with two lengths")
      }
    }
    var storages: [String: Range<Int>] = [:]
    var position = start
    for value in keys {
      guard let key = value.textValue, let (bytes, width) = described[key] else {
        throw TensorError(.malformed, file.path, "lists a storage that no tensor has")
      }
      guard let length = file.number(at: position, width: 8), bytes <= file.count - position - 8 else {
        throw TensorError(.malformed, file.path, "ends before storage \(key) does (is it truncated?)")
      }
      guard length == UInt64(bytes / width) else {
        throw TensorError(
          .malformed, file.path, "has \(length) elements in storage \(key); the pickle says \(bytes / width)")
      }
      let range = position + 8..<position + 8 + bytes
      guard storages.updateValue(range, forKey: key) == nil else {
        throw TensorError(.malformed, file.path, "lists storage \(key) twice")
      }
      position = range.upperBound
    }
    if let missing = machine.storages.first(where: { storages[$0.key] == nil }) {
      throw TensorError(.malformed, file.path, "has no storage \(missing.key), which its pickle says is there")
    }
    return storages
  }

  /// The tensors among the items of a dictionary.
  func tensors(_ items: [(key: PickleValue, value: PickleValue)]) -> [(name: String, tensor: PickledTensor)] {
    items.compactMap { item in
      guard case .tensor(let place) = item.value, let name = item.key.textValue else { return nil }
      return (name, machine.tensors[place])
    }
  }

  /// Checks a tensor against its storage and says where it lies.
  ///
  /// - Throws: ``TensorError`` with code `.malformed` where it reaches out of its storage, `.refused` where it repeats
  ///   elements so that it has more than its storage.
  func entry(_ tensor: PickledTensor, _ subject: String) throws(TensorError) -> StoredTensor {
    let storage = machine.storages[tensor.storage]
    guard let whole = storages[storage.key] else { throw TensorError(.malformed, subject, "has no storage") }
    let width = tensor.type.size
    let available = storage.part.count / width
    let reach = TensorError(.malformed, subject, "reaches out of its storage of \(available) elements")
    guard tensor.offset <= available else { throw reach }
    let start = whole.lowerBound + storage.part.lowerBound + tensor.offset * width
    guard !tensor.shape.contains(0) else {
      guard Self.isPossible(tensor.shape, width) else {
        throw TensorError(.malformed, subject, "has an impossible shape")
      }
      return StoredTensor(type: tensor.type, shape: tensor.shape, range: start..<start)
    }
    // The last element's place, and the number of elements.
    var last = tensor.offset
    var count = 1
    for (size, stride) in zip(tensor.shape, tensor.strides) {
      let (distance, isFar) = (size - 1).multipliedReportingOverflow(by: stride)
      let (place, isFarther) = last.addingReportingOverflow(distance)
      let (product, isLarge) = count.multipliedReportingOverflow(by: size)
      guard !isFar, !isFarther, place < available else { throw reach }
      guard !isLarge, product <= available else {
        throw TensorError(.refused, subject, "repeats its elements: it has more than its storage's \(available)")
      }
      (last, count) = (place, product)
    }
    guard last < available else { throw reach }
    let end = whole.lowerBound + storage.part.lowerBound + (last + 1) * width
    return StoredTensor(
      type: tensor.type, shape: tensor.shape, range: start..<end,
      strides: Self.isRowMajor(tensor) ? nil : tensor.strides)
  }

  /// Whether the number of bytes, taken dimension by dimension, is one.
  private static func isPossible(_ shape: [Int], _ width: Int) -> Bool {
    let bytes = shape.reduce(width as Int?) { total, size in
      guard let (product, overflows) = total?.multipliedReportingOverflow(by: size) else { return nil }
      return overflows ? nil : product
    }
    return bytes != nil
  }

  /// Whether the elements follow one another; the stride of a dimension of size 1 means nothing.
  private static func isRowMajor(_ tensor: PickledTensor) -> Bool {
    var expected = 1
    for (size, stride) in zip(tensor.shape, tensor.strides).reversed() where size != 1 {
      guard stride == expected else { return false }
      expected *= size
    }
    return true
  }

  private static func text(_ file: MappedFile, _ range: Range<Int>?) -> String? {
    range.map { String(decoding: file.bytes($0.prefix(64)), as: UTF8.self).filter { !$0.isNewline } }
  }
}
