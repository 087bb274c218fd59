#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the `.gitignore` files from a repository's root down to one folder leave out.
struct IgnoreRules: Sendable {
  private struct Level: Sendable {
    /// The length of the folder's absolute path with the slash after it.
    let prefix: Int
    let patterns: [IgnorePattern]
  }

  /// The outermost folder first.
  private var levels: [Level] = []

  /// Nothing is left out.
  static let none = IgnoreRules()

  /// The rules inside a folder to which nothing above it speaks: those of the repository that holds it.
  ///
  /// - Parameter folder: An absolute path without symbolic links.
  init(enclosing folder: String) {
    var chain = [folder]
    while let current = chain.last, current != "/", !Self.isRepository(current) {
      let parent = current.utf8.lastIndex(of: slash).map { String(current[..<$0]) } ?? ""
      chain.append(parent.isEmpty ? "/" : parent)
    }
    if let root = chain.last, Self.isRepository(root) {
      addPatterns(of: root + "/.git/info/exclude", folder: root)
    } else {
      chain = [folder]
    }
    for folder in chain.reversed() { addPatterns(of: folder + "/.gitignore", folder: folder) }
  }

  private init() {}

  /// The rules for the content of a folder inside the folder that these rules are for.
  func entering(_ folder: String) -> IgnoreRules {
    if Self.isRepository(folder) { return IgnoreRules(enclosing: folder) }
    var rules = self
    rules.addPatterns(of: folder + "/.gitignore", folder: folder)
    return rules
  }

  /// Whether a path is left out; the folders above it are taken to be in.
  ///
  /// - Parameter path: An absolute path in the folder that these rules are for.
  func leavesOut(_ path: String, isFolder: Bool) -> Bool {
    guard !levels.isEmpty else { return false }
    let bytes = Array(path.utf8)
    let name = bytes[((bytes.lastIndex(of: slash) ?? -1) + 1)...]
    for level in levels.reversed() where level.prefix <= bytes.count {
      let below = bytes[level.prefix...]
      for pattern in level.patterns.reversed()
      where pattern.matches(path: below, name: name, isFolder: isFolder) {
        return !pattern.isNegated
      }
    }
    return false
  }

  private static func isRepository(_ folder: String) -> Bool { FileStatus(folder + "/.git", followsLinks: true) != nil }

  private mutating func addPatterns(of file: String, folder: String) {
    // A file of patterns that is missing, unreadable or absurdly large says nothing.
    guard let status = FileStatus(file, followsLinks: true), status.kind == .file, status.size <= 1 << 20,
      let data = FileManager.default.contents(atPath: file)
    else { return }
    var bytes = [UInt8](data)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    let patterns = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      IgnorePattern(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
    if !patterns.isEmpty {
      levels.append(Level(prefix: folder == "/" ? 1 : folder.utf8.count + 1, patterns: patterns))
    }
  }
}
