/// What filters do with lists and other collections.
extension Renderer {
  func collected(
    _ filter: TemplateFilter, _ value: Value, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    let name = filter.rawValue
    switch filter {
    case .count, .length:
      _ = try bind(arguments, to: name, [])
      return .integer(try count(of: value))
    case .list:
      _ = try bind(arguments, to: name, [])
      return try list(try elements(of: value))
    case .first:
      _ = try bind(arguments, to: name, [])
      return try iterator(of: value).next() ?? .undefined(Undefined(message: "there is no first item"))
    case .last:
      _ = try bind(arguments, to: name, [])
      if case .iterator = value { throw fail("an iterator has no last item; the filter \"list\" makes a list of it") }
      return try elements(of: value).last ?? .undefined(Undefined(message: "there is no last item"))
    case .items:
      _ = try bind(arguments, to: name, [])
      return try pairs(value)
    case .reverse:
      _ = try bind(arguments, to: name, [])
      if case .string(let text) = value { return try string(String(text.unicodeScalars.reversed())) }
      var rest = try elements(of: value)[...]
      if case .iterator = value { return try list(rest.reversed()) }
      if value.isUndefined { return try list([]) }
      return try iterator(over: IteratorObject(depth: value.depth) { nil }) { rest.popLast() }
    case .attr:
      let name = try text(try bind(arguments, to: "attr", ["name"], required: 1)[0], "a name")
      if case .dictionary = value, !["keys", "values", "items", "get", "copy"].contains(name) {
        return .undefined(Undefined(message: "\"dict\" has no attribute \"\(name)\""))
      }
      return try attribute(name, of: value)
    case .join: return try joined(value, arguments)
    case .dictsort: return try sortedPairs(value, arguments)
    case .batch: return try batches(value, arguments)
    default: return try slices(value, arguments)
    }
  }

  private func pairs(_ value: Value) throws(TemplateError) -> Value {
    var rest: ArraySlice<Value> = []
    if case .dictionary(let dictionary) = value {
      rest = ViewObject(kind: .items, dictionary: dictionary).items[...]
    } else if !value.isUndefined {
      throw fail("only a dictionary has pairs, found \(value.typeName)")
    }
    return try iterator(over: IteratorObject(depth: value.depth) { nil }) { rest.popFirst() }
  }

  private func joined(_ value: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
    let values = try bind(arguments, to: "join", ["d", "attribute"])
    let separator = try values[0].map { (value) throws(TemplateError) in try str(value) } ?? ""
    let path = try values[1].flatMap { $0.isNull ? nil : $0 }.map { (path) throws(TemplateError) in
      try AttributePath(path, self)
    }
    var output = ""
    for (index, element) in try elements(of: value).enumerated() {
      if index > 0 { try write(separator, to: &output) }
      try write(try str(try path?.value(in: element, self) ?? element), to: &output)
    }
    return .string(output)
  }

  private func sortedPairs(_ value: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
    let values = try bind(arguments, to: "dictsort", ["case_sensitive", "by", "reverse"])
    let by = try text(values[1], default: "key", "what to sort by")
    guard by == "key" || by == "value" else { throw fail("a dictionary is sorted by \"key\" or \"value\"") }
    guard case .dictionary(let dictionary) = value else {
      throw fail("only a dictionary has pairs, found \(value.typeName)")
    }
    let isSensitive = values[0]?.isTrue ?? false
    let keyed = dictionary.entries.map { entry in
      let key = by == "key" ? entry.key : entry.value
      return (key: isSensitive ? key : Self.ignoringCase(key), pair: entry)
    }
    let sorted = try sorted(keyed, isReversed: values[2]?.isTrue ?? false) { (one, other) throws(TemplateError) in
      try self.isLess(one.key, other.key)
    }
    return try list(sorted.map { .tuple(ListObject([$0.pair.key, $0.pair.value])) })
  }

  private func batches(_ value: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
    let values = try bind(arguments, to: "batch", ["linecount", "fill_with"], required: 1)
    let size = try integer(values[0], default: 1, "a batch's size")
    let fill = values[1].flatMap { $0.isNull ? nil : $0 }
    let source = try iterator(of: value)
    // A batch is full when it has exactly so many.
    let isFull: (Int) -> Bool = { $0 == size }
    var pending: [Value] = []
    var isDone = false
    return try iterator(over: source) { [unowned self] () throws(TemplateError) -> Value? in
      guard !isDone else { return nil }
      while let element = try source.next() {
        try charge(8)
        if isFull(pending.count) {
          let batch = pending
          pending = [element]
          return try list(batch)
        }
        pending.append(element)
      }
      isDone = true
      guard !pending.isEmpty else { return nil }
      if let fill, pending.count < size {
        try charge(8 * min(size - pending.count, limits.work))
        pending += repeatElement(fill, count: size - pending.count)
      }
      return try list(pending)
    }
  }

  private func slices(_ value: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
    let values = try bind(arguments, to: "slice", ["slices", "fill_with"], required: 1)
    let count = try integer(values[0], default: 1, "how many slices")
    guard count != 0 else { throw fail("division by zero") }
    try charge(max(0, count))
    let fill = values[1].flatMap { $0.isNull ? nil : $0 }
    let items = try elements(of: value)
    var slices: [Value] = []
    var start = 0
    for number in 0..<max(0, count) {
      let hasMore = number < items.count % count
      let end = start + items.count / count + (hasMore ? 1 : 0)
      slices.append(try list(Array(items[start..<end]) + (hasMore ? [] : [fill].compactMap(\.self))))
      start = end
    }
    var rest = slices[...]
    return try iterator(over: IteratorObject(depth: value.depth + 1) { nil }) { rest.popFirst() }
  }
}
