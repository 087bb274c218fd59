/// What a pickle of tensors may name from Python's modules: nothing else is known, and none of it is executed.
///
/// These are the names of state dicts among those that `torch.load(weights_only=True)` admits.
enum PickleGlobal: Sendable, Equatable {
  /// A dictionary that keeps its order.
  case orderedDictionary
  /// A tuple that is a shape.
  case shape
  /// A tensor over a storage of its type: storage, offset, shape, strides and what does not matter here.
  case tensor
  /// A tensor over bytes, whose type comes after those.
  case typedTensor
  /// A tensor that learns; here it is the tensor.
  case parameter
  /// Numbers of one type, one after another.
  case storage(ElementType)
  /// A type of elements.
  case type(ElementType)

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch", "Size"): self = .shape
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .tensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .typedTensor
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"): self = .parameter
    case ("torch.storage", "UntypedStorage"): self = .storage(.uint8)
    case ("torch", _):
      if let type = Self.storages[name] {
        self = .storage(type)
      } else if let type = Self.types[name] {
        self = .type(type)
      } else {
        return nil
      }
    default: return nil
    }
  }

  private static let storages: [String: ElementType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
    "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8,
    "BoolStorage": .boolean, "UntypedStorage": .uint8,
  ]

  private static let types: [String: ElementType] = [
    "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16, "int64": .int64,
    "int32": .int32, "int16": .int16, "int8": .int8, "uint64": .uint64, "uint32": .uint32, "uint16": .uint16,
    "uint8": .uint8, "bool": .boolean,
  ]
}
