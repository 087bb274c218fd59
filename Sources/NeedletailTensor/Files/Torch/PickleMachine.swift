/// Reads a pickle of tensors as `torch.save` writes it (protocols 2 to 5), and executes nothing.
///
/// What a pickle may do is a list of operations (``PickleOpcode``) and of names (``PickleGlobal``); whatever else it wants
/// is an error that says what and where. Calls build an empty dictionary, a shape or a description of a tensor. Time and
/// memory are bounded by the pickle's length, which is bounded too.
struct PickleMachine {
  /// The largest pickle that is read, bytes.
  private static let maximumLength = 64 << 20
  /// How many operations and copied values a pickle may have; a tensor of a state dict takes about 35.
  private static let maximumSteps = 2 << 20
  /// The longest name of a global, bytes.
  private static let maximumName = 255
  /// The most dimensions of a tensor.
  private static let maximumDimensions = 64

  /// The elements of tuples and lists, and keys and values of dictionaries.
  private(set) var containers: [[PickleValue]] = []
  private(set) var storages: [PickledStorage] = []
  private(set) var tensors: [PickledTensor] = []
  /// Where the next byte is read.
  private(set) var position: Int

  private let file: MappedFile
  private let end: Int
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var steps = 0
  /// Where the operation in work begins.
  private var place = 0

  /// - Parameter range: Where the pickle begins, and where it has to have ended.
  init(_ file: MappedFile, range: Range<Int>) {
    self.file = file
    position = range.lowerBound
    end = min(range.upperBound, range.lowerBound + Self.maximumLength)
  }

  /// Reads the pickle to its end and returns what it describes.
  ///
  /// - Throws: ``TensorError`` with code `.malformed`, or `.refused` naming the operation or the global.
  mutating func run() throws(TensorError) -> PickleValue {
    while true {
      place = position
      let byte = UInt8(truncatingIfNeeded: try number(1))
      guard let opcode = PickleOpcode(rawValue: byte) else {
        let name = PickleOpcode.refused[byte] ?? "of number \(byte), which does not exist"
        throw refused("wants the pickle operation \(name)")
      }
      if opcode == .stop { return try pop() }
      try spend(1)
      try perform(opcode)
    }
  }

  private mutating func perform(_ opcode: PickleOpcode) throws(TensorError) {
    switch opcode {
    case .proto:
      let version = try number(1)
      guard (2...5).contains(version) else { throw refused("is a pickle of protocol \(version); 2 to 5 are read") }
    case .frame:
      let length = try number(8)
      guard length <= UInt64(end - position) else { throw damaged("has a frame that ends behind the pickle") }
    case .mark: marks.append(stack.count)
    case .none: stack.append(.none)
    case .newtrue: stack.append(.boolean(true))
    case .newfalse: stack.append(.boolean(false))
    case .binint: stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
    case .binint1: stack.append(.integer(Int(try number(1))))
    case .binint2: stack.append(.integer(Int(try number(2))))
    case .long1: stack.append(Self.integer(try bytes(try number(1))))
    case .binfloat:
      _ = try bytes(8)
      stack.append(.float)
    case .binunicode, .binstring: stack.append(.text(try text(4)))
    case .binunicode8: stack.append(.text(try text(8)))
    case .shortBinunicode, .shortBinstring: stack.append(.text(try text(1)))
    case .emptyTuple: stack.append(.tuple(new([])))
    case .emptyList: stack.append(.list(new([])))
    case .emptyDict: stack.append(.dictionary(new([])))
    case .tuple1: try makeTuple(1)
    case .tuple2: try makeTuple(2)
    case .tuple3: try makeTuple(3)
    case .tuple: stack.append(.tuple(new(try popToMark())))
    case .append: try append([try pop()])
    case .appends: try append(try popToMark())
    case .setitem:
      let value = try pop()
      try setItems([try pop(), value])
    case .setitems: try setItems(try popToMark())
    case .binput: try remember(Int(try number(1)))
    case .longBinput: try remember(Int(try number(4)))
    case .memoize: try remember(memo.count)
    case .binget: try recall(Int(try number(1)))
    case .longBinget: try recall(Int(try number(4)))
    case .global: try name(module: try line(), try line())
    case .stackGlobal:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw damaged("names a global with values that are no texts")
      }
      try self.name(module: module, name)
    case .binpersid: stack.append(try storage(try pop()))
    case .reduce:
      let arguments = try pop()
      stack.append(try call(try pop(), try elements(arguments)))
    case .build:
      let state = try pop()
      try build(state)
    case .stop: break
    }
  }

  /// The keys and values of a dictionary, in the order that they were set.
  func items(_ dictionary: Int) -> [(key: PickleValue, value: PickleValue)] {
    let values = containers[dictionary]
    return stride(from: 0, to: values.count - 1, by: 2).map { (values[$0], values[$0 + 1]) }
  }

  // The stack, the memo and the containers.

  private mutating func pop() throws(TensorError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
      throw damaged("takes a value where there is none")
    }
    return value
  }

  private mutating func popToMark() throws(TensorError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw damaged("takes values up to a mark that is not there") }
    let values = Array(stack[mark...])
    stack.removeLast(values.count)
    return values
  }

  private mutating func new(_ values: [PickleValue]) -> Int {
    containers.append(values)
    return containers.count - 1
  }

  private mutating func makeTuple(_ count: Int) throws(TensorError) {
    guard stack.count - count >= marks.last ?? 0 else { throw damaged("takes a value where there is none") }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    stack.append(.tuple(new(values)))
  }

  private mutating func append(_ values: [PickleValue]) throws(TensorError) {
    let target = try top()
    guard case .list(let place) = target else { throw damaged("appends to \(target.kind)") }
    containers[place] += values
  }

  private mutating func setItems(_ items: [PickleValue]) throws(TensorError) {
    let target = try top()
    guard case .dictionary(let place) = target else { throw damaged("sets items of \(target.kind)") }
    guard items.count % 2 == 0 else { throw damaged("sets a key without a value") }
    containers[place] += items
  }

  /// The value on top of the stack.
  private func top() throws(TensorError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw damaged("takes a value where there is none")
    }
    return value
  }

  private mutating func remember(_ key: Int) throws(TensorError) { memo[key] = try top() }

  private mutating func recall(_ key: Int) throws(TensorError) {
    guard let value = memo[key] else { throw damaged("recalls value \(key), which it never kept") }
    stack.append(value)
  }

  private func elements(_ tuple: PickleValue) throws(TensorError) -> [PickleValue] {
    guard case .tuple(let place) = tuple else { throw damaged("has \(tuple.kind) where a tuple is expected") }
    return containers[place]
  }

  private mutating func spend(_ count: Int) throws(TensorError) {
    steps += count
    guard steps <= Self.maximumSteps else {
      throw damaged("takes more than \(Self.maximumSteps) steps, more than any state dict has")
    }
  }

  // Names, calls and storages: what other readers of pickles execute.

  private mutating func name(module: String, _ name: String) throws(TensorError) {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw refused("wants the global \(Self.shortened(module)).\(Self.shortened(name))")
    }
    stack.append(.global(global))
  }

  private mutating func call(_ function: PickleValue, _ arguments: [PickleValue]) throws(TensorError) -> PickleValue {
    guard case .global(let function) = function else { throw refused("calls \(function.kind)") }
    switch function {
    case .orderedDictionary:
      guard let items = arguments.first else { return .dictionary(new([])) }
      return .dictionary(new(try pairs(items, arguments)))
    case .shape:
      guard arguments.count == 1, case .tuple = arguments[0] else { throw damaged("makes a shape of no tuple") }
      return arguments[0]
    case .tensor, .typedTensor: return try tensor(arguments, isTyped: function == .typedTensor)
    case .parameter:
      guard let value = arguments.first, case .tensor = value else { throw damaged("makes a parameter of no tensor") }
      return value
    case .storage, .type: throw refused("calls a type")
    }
  }

  /// The items of a dictionary that Python 2 wrote: a list of lists of a key and a value.
  private mutating func pairs(
    _ items: PickleValue, _ arguments: [PickleValue]
  ) throws(TensorError) -> [PickleValue] {
    guard arguments.count == 1, case .list(let place) = items else { throw damaged("makes a dictionary of no list") }
    try spend(containers[place].count)
    var values: [PickleValue] = []
    for pair in containers[place] {
      switch pair {
      case .tuple(let place), .list(let place):
        guard containers[place].count == 2 else { throw damaged("makes a dictionary of items that are no pairs") }
        values += containers[place]
      default: throw damaged("makes a dictionary of items that are no pairs")
      }
    }
    return values
  }

  private mutating func tensor(_ arguments: [PickleValue], isTyped: Bool) throws(TensorError) -> PickleValue {
    guard arguments.count >= (isTyped ? 7 : 4), case .storage(let storage) = arguments[0],
      let offset = arguments[1].integerValue
    else { throw damaged("describes a tensor without storage, offset, shape and strides") }
    let shape = try sizes(arguments[2])
    let strides = try sizes(arguments[3])
    guard shape.count == strides.count, offset >= 0 else { throw damaged("describes a tensor of no shape") }
    var type = storages[storage].type
    if isTyped {
      guard case .global(.type(let wanted)) = arguments[6] else { throw damaged("describes a tensor of no type") }
      type = wanted
    }
    // Bits that say that every value stands for its negative or its conjugate.
    if let bits = arguments.dropFirst(isTyped ? 7 : 6).first, case .dictionary(let place) = bits,
      !containers[place].isEmpty
    {
      throw refused("describes a tensor whose values stand for others (negative or conjugate)")
    }
    tensors.append(PickledTensor(type: type, storage: storage, offset: offset, shape: shape, strides: strides))
    return .tensor(tensors.count - 1)
  }

  private mutating func sizes(_ value: PickleValue) throws(TensorError) -> [Int] {
    let values = try elements(value)
    guard values.count <= Self.maximumDimensions else {
      throw damaged("describes a tensor of \(values.count) dimensions")
    }
    try spend(values.count)
    let sizes = values.compactMap(\.integerValue)
    guard sizes.count == values.count, sizes.allSatisfy({ $0 >= 0 }) else {
      throw damaged("describes a tensor with sizes that are no whole numbers")
    }
    return sizes
  }

  /// `("storage", type, key, device, length)`, in the older container with a part of another storage after it.
  private mutating func storage(_ identifier: PickleValue) throws(TensorError) -> PickleValue {
    let parts = try elements(identifier)
    guard let kind = parts.first?.textValue, kind == "storage" else {
      throw refused("wants the persistent object \(parts.first?.textValue.map(Self.shortened) ?? "without a name")")
    }
    guard parts.count == 5 || parts.count == 6, case .global(.storage(let type)) = parts[1],
      let key = parts[2].textValue,
      let length = parts[4].integerValue, let bytes = Self.bytes(length, type)
    else { throw damaged("describes a storage without type, key and length") }
    let part = parts.count == 6 ? try part(parts[5], of: bytes, type) : 0..<bytes
    storages.append(PickledStorage(key: key, type: type, bytes: bytes, part: part))
    return .storage(storages.count - 1)
  }

  /// The bytes of a storage that are meant: all of them, or those of a part `(key, start, length)`.
  private func part(_ view: PickleValue, of bytes: Int, _ type: ElementType) throws(TensorError) -> Range<Int> {
    if case .none = view { return 0..<bytes }
    let numbers = try elements(view).dropFirst().compactMap { $0.integerValue.flatMap { Self.bytes($0, type) } }
    guard numbers.count == 2, numbers[0] <= bytes, numbers[1] <= bytes - numbers[0] else {
      throw damaged("describes a part of a storage that does not lie in it")
    }
    return numbers[0]..<(numbers[0] + numbers[1])
  }

  private static func bytes(_ length: Int, _ type: ElementType) -> Int? {
    let (bytes, overflows) = length.multipliedReportingOverflow(by: type.size)
    return length < 0 || overflows ? nil : bytes
  }

  /// Attributes of an ordered dictionary, such as `_metadata`; nothing in them changes a tensor.
  private func build(_ state: PickleValue) throws(TensorError) {
    let target = try top()
    guard case .dictionary = target, case .dictionary = state else {
      throw refused("sets attributes of \(target.kind) from \(state.kind)")
    }
  }

  // The bytes.

  private mutating func take(_ count: UInt64) throws(TensorError) -> Int {
    guard count <= UInt64(end - position) else {
      throw damaged("reads \(count) bytes where \(end - position) are left (is the file truncated?)")
    }
    let start = position
    position += Int(count)
    return start
  }

  private mutating func number(_ width: Int) throws(TensorError) -> UInt64 {
    let start = try take(UInt64(width))
    return file.number(at: start, width: width) ?? 0
  }

  private mutating func bytes(_ count: UInt64) throws(TensorError) -> [UInt8] {
    let start = try take(count)
    return file.bytes(start..<position)
  }

  /// A text behind its length, which has `width` bytes.
  private mutating func text(_ width: Int) throws(TensorError) -> String {
    guard let text = String(validating: try bytes(try number(width)), as: UTF8.self) else {
      throw damaged("holds a text that is not UTF-8")
    }
    return text
  }

  /// A part of a global's name, up to the end of its line.
  private mutating func line() throws(TensorError) -> String {
    let start = position
    while try number(1) != 0x0A {
      guard position - start <= Self.maximumName else {
        throw damaged("names a global of more than \(Self.maximumName) bytes")
      }
    }
    return String(decoding: file.bytes(start..<position - 1), as: UTF8.self)
  }

  /// A little-endian integer of any length.
  private static func integer(_ bytes: [UInt8]) -> PickleValue {
    guard bytes.count <= 8 else { return .wideInteger(bytes) }
    let sign: UInt64 = bytes.last.map { $0 >= 0x80 } ?? false ? .max : 0
    return .integer(Int(truncatingIfNeeded: bytes.reversed().reduce(sign) { $0 << 8 | UInt64($1) }))
  }

  /// A text from the file that an error repeats.
  private static func shortened(_ text: String) -> String {
    String(decoding: text.utf8.prefix(maximumName), as: UTF8.self)
  }

  private func damaged(_ what: String) -> TensorError {
    TensorError(.malformed, file.path, "\(what) (byte \(place))")
  }

  private func refused(_ what: String) -> TensorError {
    TensorError(
      .refused, file.path,
      "\(what) (byte \(place)); only what describes tensors is read, and nothing is ever executed: save as safetensors")
  }
}
