internal import NeedletailJSON

extension HeadConfiguration {
  /// Labels of a head that a configuration may count without naming them.
  private static let mostUnnamedLabels = 1 << 20

  /// The names in `id2label`, or as many as `num_labels` says, which is 2 where nothing is said.
  static func labels(_ json: JSON) throws(JSONError) -> [String] {
    guard let names = json.optional("id2label") else {
      let count = try json.integer("num_labels", in: 1...mostUnnamedLabels, default: 2)
      return (0..<count).map { "LABEL_\($0)" }
    }
    let members = try names.expect(.object, "id2label").members
    var labels = [String?](repeating: nil, count: names.count)
    for (key, value) in members {
      let key = String(decoding: key, as: UTF8.self)
      guard let id = Int(key), labels.indices.contains(id), labels[id] == nil else {
        throw names.error(.outOfRange, "id2label has the key \"\(key)\"; expected 0 to \(labels.count - 1), each once")
      }
      labels[id] = try text(value)
    }
    guard !labels.isEmpty else { throw names.error(.outOfRange, "id2label is empty") }
    return labels.compactMap(\.self)
  }

  /// A label; some configurations have numbers for names.
  private static func text(_ value: JSON) throws(JSONError) -> String {
    switch value.kind {
    case .string: return value.string ?? ""
    case .number: return JSONValue(copying: value).text()
    default: throw value.error(.wrongType, "a label should be a string, found \(value.kind)")
    }
  }
}
