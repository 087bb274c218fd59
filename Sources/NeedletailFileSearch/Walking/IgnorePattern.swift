/// One line of a `.gitignore` file, with the meaning that git gives it (gitignore(5)).
struct IgnorePattern: Sendable {
  /// Whether a match takes a path back in.
  let isNegated: Bool
  /// Whether only folders match.
  let foldersOnly: Bool
  /// Whether the pattern is compared with the last component alone instead of the path below the file's folder.
  let namesOnly: Bool
  private let glob: Glob

  /// Reads one line without its line end.
  ///
  /// - Returns: `nil` for a blank line and for a comment.
  init?(_ line: ArraySlice<UInt8>) {
    guard line.first != UInt8(ascii: "#") else { return nil }
    var text = Self.withoutTrailingSpaces(line)
    isNegated = text.first == UInt8(ascii: "!")
    if isNegated { text = text.dropFirst() }
    foldersOnly = text.last == UInt8(ascii: "/")
    if foldersOnly { text = text.dropLast() }
    namesOnly = !text.contains(UInt8(ascii: "/"))
    if text.first == UInt8(ascii: "/") { text = text.dropFirst() }
    guard !text.isEmpty else { return nil }
    glob = Glob(text)
  }

  /// Whether this pattern speaks about a path.
  ///
  /// - Parameters:
  ///   - path: The path below the folder that holds the `.gitignore` file, without a leading slash.
  ///   - name: The last component of `path`.
  func matches(path: ArraySlice<UInt8>, name: ArraySlice<UInt8>, isFolder: Bool) -> Bool {
    if foldersOnly && !isFolder { return false }
    return glob.matches(namesOnly ? name : path)
  }

  /// Drops spaces at the end, except one that a backslash protects.
  private static func withoutTrailingSpaces(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var end = line.startIndex
    var position = line.startIndex
    while position < line.endIndex {
      let isEscape = line[position] == UInt8(ascii: "\\")
      if isEscape { position += 1 }
      if isEscape || line[position] != UInt8(ascii: " ") { end = min(position + 1, line.endIndex) }
      position += 1
    }
    return line[..<end]
  }
}
