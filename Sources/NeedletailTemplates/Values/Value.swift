/// A value while a template is executed, with Python's types.
enum Value {
  case undefined(Undefined)
  case null
  case boolean(Bool)
  case integer(Int)
  case double(Double)
  case string(String)
  case list(ListObject)
  case tuple(ListObject)
  case dictionary(DictionaryObject)
  case range(RangeObject)
  /// What `keys`, `values` and `items` of a dictionary give.
  case view(ViewObject)
  /// Values that can be asked for once.
  case iterator(IteratorObject)
  case namespace(NamespaceObject)
  /// `loop` inside a loop.
  case loop(LoopObject)
  case macro(MacroObject)
  case method(MethodObject)
  case function(TemplateFunction)
  case cycler(CyclerObject)
  case joiner(JoinerObject)

  /// How deep values nest in this one.
  var depth: Int {
    switch self {
    case .list(let list), .tuple(let list): list.depth
    case .dictionary(let dictionary): dictionary.depth
    case .view(let view): view.dictionary.depth
    case .iterator(let iterator): iterator.depth
    case .loop(let loop): loop.depth
    case .method(let method): method.receiver.depth + 1
    case .cycler(let cycler): cycler.items.depth
    default: 0
    }
  }

  /// How many values there are in this one, itself included; what is in two places counts twice.
  var weight: Int {
    switch self {
    case .list(let list), .tuple(let list): list.weight
    case .dictionary(let dictionary): dictionary.weight
    case .view(let view): view.dictionary.weight
    case .string(let text): 1 + text.utf8.count / Renderer.bytesPerStep
    default: 1
    }
  }

  /// What Python calls the type.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .null: "None"
    case .boolean: "bool"
    case .integer: "int"
    case .double: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .range: "range"
    case .view(let view): "dict_\(view.kind.rawValue)"
    case .iterator: "iterator"
    case .namespace: "Namespace"
    case .loop: "LoopContext"
    case .macro: "Macro"
    case .method: "method"
    case .function: "function"
    case .cycler: "Cycler"
    case .joiner: "Joiner"
    }
  }

  /// A whole number, a boolean counting as one.
  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .boolean(let value): value ? 1 : 0
    default: nil
    }
  }

  /// A number.
  var number: Double? {
    if case .double(let value) = self { return value }
    return integer.map(Double.init)
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }
  var isNull: Bool { if case .null = self { true } else { false } }

  /// Whether Python takes it as true.
  var isTrue: Bool {
    switch self {
    case .undefined, .null: false
    case .boolean(let value): value
    case .integer(let value): value != 0
    case .double(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let list), .tuple(let list): !list.items.isEmpty
    case .dictionary(let dictionary): !dictionary.entries.isEmpty
    case .view(let view): !view.dictionary.entries.isEmpty
    case .range(let range): range.count > 0
    case .loop(let loop): !loop.items.isEmpty
    default: true
    }
  }
}

/// A name or element that there is not, and why.
struct Undefined {
  let message: String
}
