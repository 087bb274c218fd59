/// The path of a file inside a model, as the hub lists it, checked so that it cannot leave the model's folder.
struct RemotePath: Sendable, Hashable, CustomStringConvertible {
  /// Folder names and, last, the file name; never empty.
  let parts: [String]

  var description: String { parts.joined(separator: "/") }
  /// The folder that holds the file, without a slash at its end; empty for the model's root.
  var folder: String { parts.dropLast().joined(separator: "/") }
  var name: String { parts.last ?? "" }

  /// Checks a path under the rules of every system that may see it: no absolute paths and drives, no `.`, `..` and
  /// empty parts, no backslashes, no control characters, at most 255 bytes a part and 1,024 in all.
  init(_ text: String) throws(HubError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isSafe =
      text.utf8.count <= 1024
      && parts.allSatisfy { part in
        let bytes = Array(part.utf8)
        return (1...255).contains(bytes.count) && part != "." && part != ".."
          && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
          && !(bytes.count >= 2 && bytes[1] == UInt8(ascii: ":"))
      }
    guard isSafe else {
      let shown = String(text.unicodeScalars.prefix(80).map { $0.value < 0x20 ? "\u{FFFD}" : Character($0) })
      throw HubError(
        .unsafeFileName, "\"\(shown)\"",
        "the hub lists a file name that could leave the model's folder; nothing was kept")
    }
    self.parts = parts
  }
}
