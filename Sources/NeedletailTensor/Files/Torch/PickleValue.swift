/// A value that a ``PickleMachine`` has built.
///
/// Containers, storages and tensors are their places in the machine's tables: a value that is shared, deep or contains
/// itself costs no more than another, and ends with the machine.
enum PickleValue: Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  /// The bytes of an integer that has more than eight, little-endian.
  case wideInteger([UInt8])
  case float
  case text(String)
  /// A place among the machine's containers.
  case tuple(Int), list(Int)
  /// A place among the machine's containers; keys and values take turns there.
  case dictionary(Int)
  case global(PickleGlobal)
  /// A place among the machine's storages.
  case storage(Int)
  /// A place among the machine's tensors.
  case tensor(Int)

  /// What errors call it.
  var kind: String {
    switch self {
    case .none: "None"
    case .boolean: "a Boolean"
    case .integer, .wideInteger: "an integer"
    case .float: "a float"
    case .text: "a text"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global: "a name from a module"
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }

  var integerValue: Int? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  var textValue: String? {
    guard case .text(let value) = self else { return nil }
    return value
  }
}

/// A storage as a pickle describes it; where its bytes are is up to the container.
struct PickledStorage: Sendable {
  /// Its name in the container.
  let key: String
  /// Its type, which tensors over it have unless they name another.
  let type: ElementType
  /// How many bytes the whole storage has.
  let bytes: Int
  /// The part of it that is meant.
  let part: Range<Int>
}

/// A tensor as a pickle describes it; nothing of it has been checked against its storage.
struct PickledTensor: Sendable {
  let type: ElementType
  /// A place among the machine's storages.
  let storage: Int
  /// The first element, counted in elements.
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}
