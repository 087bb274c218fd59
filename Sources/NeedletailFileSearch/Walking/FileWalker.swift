package import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Which files a walk takes.
public struct WalkOptions: Sendable {
  /// Whether files and folders whose name starts with a dot are taken.
  public var includesHidden = false
  /// Whether `.gitignore` files are obeyed.
  public var obeysIgnoreFiles = true

  /// The usual choice: nothing hidden, nothing ignored.
  public init() {}
}

/// A file that a walk has found.
package struct FoundFile: Sendable {
  /// The path as the user wrote its beginning; `-` for standard input.
  package let path: String
  /// The absolute path without symbolic links; empty for standard input.
  package let absolutePath: String
  /// `nil` for standard input and for pipes.
  package let status: FileStatus?
  /// Whether the user named this very file.
  package let isNamed: Bool
}

/// The files under some paths: folders depth first, their entries in the order of their names' bytes.
///
/// Symbolic links inside folders are not followed, so that a walk always ends and visits nothing twice; a path that
/// the user names is followed. Files that the user names are always taken, whatever their name.
package struct FileWalker: Sequence, IteratorProtocol {
  private struct Pending {
    let path: String
    let absolutePath: String
    let status: FileStatus
    let isNamed: Bool
    let rules: IgnoreRules
  }

  /// What could not be read so far.
  package private(set) var warnings: [FileSearchError] = []
  /// The folders that were opened so far.
  package private(set) var folders: [String] = []
  private let options: WalkOptions
  private let stop: CancellationFlag?
  private var roots: ArraySlice<String>
  /// What is still to be visited, the next at the end.
  private var stack: [Pending] = []
  private var seen: Set<String>?

  /// Starts a walk.
  ///
  /// - Parameter stop: Ends the walk when it is set.
  package init(_ paths: [String], options: WalkOptions = WalkOptions(), stop: CancellationFlag? = nil) {
    self.options = options
    self.stop = stop
    roots = paths[...]
    seen = paths.count > 1 ? [] : nil
  }

  /// The next file.
  package mutating func next() -> FoundFile? {
    while true {
      if stop?.isSet == true { return nil }
      if let entry = stack.popLast() {
        if entry.status.kind == .folder {
          open(entry)
        } else if seen?.insert(entry.absolutePath).inserted ?? true {
          return FoundFile(
            path: entry.path, absolutePath: entry.absolutePath,
            status: entry.status.kind == .file ? entry.status : nil, isNamed: entry.isNamed)
        }
      } else if let root = roots.popFirst() {
        if root == "-" { return FoundFile(path: "-", absolutePath: "", status: nil, isNamed: true) }
        start(root)
      } else {
        return nil
      }
    }
  }

  private mutating func start(_ path: String) {
    guard let status = FileStatus(path, followsLinks: true) else {
      let reason = unsafe String(cString: strerror(errno))
      warnings.append(FileSearchError(.unreadable, path.isEmpty ? "\"\"" : path, "cannot be read: \(reason)"))
      return
    }
    let absolutePath = Self.absolutePath(path)
    let obeys = options.obeysIgnoreFiles && status.kind == .folder
    stack.append(
      Pending(
        path: path, absolutePath: absolutePath, status: status, isNamed: true,
        rules: obeys ? IgnoreRules(enclosing: absolutePath) : .none))
  }

  private mutating func open(_ folder: Pending) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      warnings.append(FileSearchError(.unreadable, folder.path, "the folder cannot be read"))
      return
    }
    folders.append(folder.path)
    let rules = options.obeysIgnoreFiles && !folder.isNamed ? folder.rules.entering(folder.absolutePath) : folder.rules
    let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for name in sorted.reversed() where isWanted(name) {
      if stop?.isSet == true { return }
      let path = folder.path.hasSuffix("/") ? folder.path + name : folder.path + "/" + name
      let absolutePath = folder.absolutePath == "/" ? "/" + name : folder.absolutePath + "/" + name
      guard let status = FileStatus(path, followsLinks: false) else {
        warnings.append(FileSearchError(.unreadable, path, "cannot be read"))
        continue
      }
      let isFolder = status.kind == .folder
      guard isFolder || status.kind == .file && !FileKind.isBinary(name: name) else { continue }
      guard !rules.leavesOut(absolutePath, isFolder: isFolder) else { continue }
      stack.append(
        Pending(path: path, absolutePath: absolutePath, status: status, isNamed: false, rules: rules))
    }
  }

  private func isWanted(_ name: String) -> Bool {
    if name == ".git" { return false }
    return options.includesHidden || !name.utf8.starts(with: ".".utf8)
  }

  /// The path from the root without symbolic links.
  private static func absolutePath(_ path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
