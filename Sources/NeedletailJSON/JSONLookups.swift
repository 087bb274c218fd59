internal import Synchronization

/// Which members of a JSON text its readers looked up, so that what they passed over can be named.
package final class JSONLookups: Sendable {
  private let indices = Mutex<Set<Int>>([])

  package init() {}

  func note(_ index: Int) { indices.withLock { _ = $0.insert(index) } }

  /// The members of a text, noted here, that nobody looked up: their keys, with those of the objects around them before
  /// and points between, each once and in the order of the text.
  ///
  /// An object inside the text of which no member was looked up was taken as a whole.
  package func passedOver(in root: JSON) -> [String] {
    let seen = indices.withLock { $0 }
    var found: [String] = []
    var known: Set<String> = []
    func collect(_ value: JSON, _ path: String, isWhole: Bool) {
      for element in value.elements { collect(element, path, isWhole: false) }
      guard isWhole || value.members.contains(where: { seen.contains($0.value.index) }) else { return }
      for (key, member) in value.members {
        let name = (path.isEmpty ? "" : path + ".") + String(decoding: key, as: UTF8.self)
        if seen.contains(member.index) {
          collect(member, name, isWhole: false)
        } else if known.insert(name).inserted {
          found.append(name)
        }
      }
    }
    collect(root, "", isWhole: true)
    return found
  }
}
