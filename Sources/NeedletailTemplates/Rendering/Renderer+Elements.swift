/// What a value gives where its elements are asked for.
extension Renderer {
  /// All elements; an iterator has none afterwards.
  func elements(of value: Value) throws(TemplateError) -> [Value] {
    switch value {
    case .list(let list), .tuple(let list): return list.items
    case .dictionary(let dictionary): return dictionary.entries.map(\.key)
    case .view(let view):
      try charge(view.dictionary.entries.count)
      return view.items
    case .undefined: return []
    case .string(let text):
      try charge(text.utf8.count)
      return text.unicodeScalars.map { .string(String($0)) }
    case .range(let range):
      try charge(range.count)
      return (0..<range.count).map { .integer(range.element($0)) }
    case .iterator(let iterator):
      var elements: [Value] = []
      while let element = try iterator.next() {
        try charge(8)
        elements.append(element)
      }
      return elements
    default: throw fail("a \(value.typeName) has no elements")
    }
  }

  /// The same, one after another.
  func iterator(of value: Value) throws(TemplateError) -> IteratorObject {
    if case .iterator(let iterator) = value { return iterator }
    var elements = try elements(of: value)[...]
    return IteratorObject(depth: value.depth) { elements.popFirst() }
  }

  /// How many elements a value has.
  func count(of value: Value) throws(TemplateError) -> Int {
    switch value {
    case .undefined: return 0
    case .string(let text):
      try charge(text.utf8.count / Self.bytesPerStep)
      return text.unicodeScalars.count
    case .list(let list), .tuple(let list): return list.items.count
    case .dictionary(let dictionary): return dictionary.entries.count
    case .view(let view): return view.dictionary.entries.count
    case .range(let range): return range.count
    case .loop(let loop): return loop.items.count
    default: throw fail("a \(value.typeName) has no length")
    }
  }
}
