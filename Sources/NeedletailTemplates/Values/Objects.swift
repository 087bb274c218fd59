/// The elements of a list or tuple; nobody changes them.
final class ListObject {
  let items: [Value]
  let depth: Int
  let weight: Int

  init(_ items: [Value]) {
    self.items = items
    depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
    weight = items.reduce(1) { $0.addingReportingOverflow($1.weight).overflow ? .max : $0 + $1.weight }
  }
}

/// Keys and values in their order; nobody changes them.
final class DictionaryObject {
  let entries: [(key: Value, value: Value)]
  private let places: [Key: Int]
  let depth: Int
  let weight: Int

  /// - Parameter entries: Of two with the same key, the later value counts, at the place of the earlier.
  init(_ entries: [(key: Value, value: Value)], keys: [Key]) {
    var places: [Key: Int] = [:]
    var kept: [(key: Value, value: Value)] = []
    for (entry, key) in zip(entries, keys) {
      if let place = places[key] {
        kept[place].value = entry.value
      } else {
        places[key] = kept.count
        kept.append(entry)
      }
    }
    (self.entries, self.places) = (kept, places)
    depth = 1 + (kept.lazy.map { max($0.key.depth, $0.value.depth) }.max() ?? 0)
    weight = kept.reduce(1) { sum, entry in
      let (key, value) = (entry.key.weight, entry.value.weight)
      return min(sum, .max / 4) + min(key, .max / 4) + min(value, .max / 4)
    }
  }

  /// A dictionary whose keys are names, each of which comes once.
  convenience init(named entries: [(String, Value)]) {
    self.init(entries.map { (.string($0.0), $0.1) }, keys: entries.map { .string($0.0) })
  }

  subscript(key: Key) -> Value? { places[key].map { entries[$0].value } }
}

/// What a dictionary finds its values by: equal numbers are one key, whatever their types.
enum Key: Hashable {
  case null
  case integer(Int)
  case double(Double)
  case string(String)
  case tuple([Key])
  case undefined

  static func == (one: Key, other: Key) -> Bool {
    switch (one, other) {
    case (.null, .null), (.undefined, .undefined): true
    case (.integer(let one), .integer(let other)): one == other
    case (.double(let one), .double(let other)): one == other
    case (.string(let one), .string(let other)): one.isSame(as: other)
    case (.tuple(let one), .tuple(let other)): one == other
    default: false
    }
  }

  func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .integer(let value): hasher.combine(value)
    case .double(let value): hasher.combine(value)
    case .string(let text): for byte in text.utf8 { hasher.combine(byte) }
    case .tuple(let keys): hasher.combine(keys)
    case .undefined: hasher.combine(1)
    }
  }
}

/// Whole numbers at equal distances.
struct RangeObject {
  let start: Int
  /// The first number beyond, as it was given.
  let end: Int
  let step: Int
  let count: Int

  func element(_ index: Int) -> Int { start + index * step }
}

/// Keys, values or pairs of a dictionary.
struct ViewObject {
  enum Kind: String { case keys, values, items }

  let kind: Kind
  let dictionary: DictionaryObject

  var items: [Value] {
    switch kind {
    case .keys: dictionary.entries.map(\.key)
    case .values: dictionary.entries.map(\.value)
    case .items: dictionary.entries.map { .tuple(ListObject([$0.key, $0.value])) }
    }
  }
}

/// Values that are computed when they are asked for, each once.
final class IteratorObject {
  private var pull: () throws(TemplateError) -> Value?
  let depth: Int

  init(depth: Int, _ pull: @escaping () throws(TemplateError) -> Value?) {
    (self.depth, self.pull) = (depth, pull)
  }

  func next() throws(TemplateError) -> Value? { try pull() }
}

/// Attributes that a template may change.
final class NamespaceObject {
  var attributes: [(name: String, value: Value)] = []

  subscript(name: String) -> Value? {
    get { attributes.first { $0.name == name }?.value }
    set {
      guard let newValue else { return }
      if let place = attributes.firstIndex(where: { $0.name == name }) {
        attributes[place].value = newValue
      } else {
        attributes.append((name, newValue))
      }
    }
  }
}

/// Where a loop is.
final class LoopObject {
  let items: [Value]
  /// Loops around this one; Python's counts only recursive ones.
  let depth: Int
  var index = 0
  /// What `changed` was asked last.
  var last: ListObject?

  init(_ items: [Value], depth: Int) { (self.items, self.depth) = (items, depth) }
}

/// A macro with the names that it sees.
final class MacroObject {
  let definition: Statement.Macro
  let scope: Scope

  init(_ definition: Statement.Macro, _ scope: Scope) { (self.definition, self.scope) = (definition, scope) }
}

/// A method of a value, not yet called.
final class MethodObject {
  let receiver: Value
  let name: String

  init(_ receiver: Value, _ name: String) { (self.receiver, self.name) = (receiver, name) }
}

/// Values one after another, again and again.
final class CyclerObject {
  let items: ListObject
  var position = 0

  init(_ items: ListObject) { self.items = items }
}

/// Nothing at first, then always the same text.
final class JoinerObject {
  let separator: Value
  var isUsed = false

  init(_ separator: Value) { self.separator = separator }
}

/// What names mean at a place of a template.
final class Scope {
  let parent: Scope?
  var values: [String: Value] = [:]

  init(_ parent: Scope?) { self.parent = parent }

  func value(_ name: String) -> Value? {
    var scope: Scope? = self
    while let here = scope {
      if let value = here.values[name] { return value }
      scope = here.parent
    }
    return nil
  }
}
