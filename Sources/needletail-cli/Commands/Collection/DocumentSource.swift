import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The documents of the paths that a user names, some at a time, in memory for these.
///
/// JSONL and tables have a document a row. Any other file is one document, named by its path, or several where it is
/// long. A folder with a `corpus.jsonl` is BEIR's, of which that file is read; other folders are walked.
struct DocumentSource {
  /// What could not be read, or was passed over, so far.
  private(set) var warnings: [String] = []
  /// Files of folders that could not be read to their end.
  private(set) var unreadable: Set<String> = []
  /// Bytes of files that are done.
  private(set) var bytesDone = 0
  /// Bytes of all files, where that is known from the start.
  let byteCount: Int?

  /// Finds the files of paths; `nil` where they are listed.
  private var walker: FileWalker?
  private var listed: ArraySlice<FoundFile> = []
  private var current: OpenFile?
  /// The most text that one document has, bytes; longer files become several.
  private static let longestDocument = 4 << 20

  /// A file that is being read.
  private enum OpenFile {
    case rows(DocumentRows, FoundFile)
    case text(FileText, FoundFile, parts: Int)

    var file: FoundFile {
      switch self {
      case .rows(_, let file), .text(_, let file, _): file
      }
    }
  }

  /// Names the paths; they are opened when their documents are asked for.
  ///
  /// - Parameters:
  ///   - paths: Files, folders, or `-` for JSONL of standard input.
  ///   - walk: Which files of folders are read.
  /// - Throws: `RetrievalError` with code `.unreadable` for a path where nothing is.
  init(_ paths: [String], walk: WalkOptions = WalkOptions()) throws(RetrievalError) {
    let paths = paths.map(Self.corpus)
    var sizes: [Int?] = []
    for path in paths {
      let status = FileStatus(path, followsLinks: true)
      guard path == "-" || status != nil else {
        throw RetrievalError(.unreadable, path, "there is no such file or folder, or it may not be read")
      }
      sizes.append(path != "-" && status?.kind == .file ? status?.size : nil)
    }
    walker = FileWalker(paths, options: walk)
    byteCount = sizes.contains(nil) ? nil : sizes.reduce(0) { $0 + ($1 ?? 0) }
  }

  /// Names files that a walk has found.
  init(_ found: [FoundFile]) {
    listed = found[...]
    byteCount = found.reduce(0) { $0 + ($1.status?.size ?? 0) }
  }

  /// How many bytes were read.
  var bytesRead: Int {
    guard case .rows(let rows, _)? = current else { return bytesDone }
    return bytesDone + rows.bytesRead
  }

  /// The next documents, or none after the last.
  ///
  /// - Parameters:
  ///   - limit: How many at most.
  ///   - bytes: About how many bytes of text.
  /// - Throws: `RetrievalError`, `FileSearchError` or `CancellationError`: a file that the user named cannot be read.
  mutating func next(_ limit: Int, bytes: Int = 8 << 20) throws -> [DocumentRow] {
    var found: [DocumentRow] = []
    var size = 0
    while found.count < limit, size < bytes {
      guard let open = try current ?? nextFile() else { break }
      current = open
      do {
        let rows = try read(open, limit: limit - found.count, bytes: bytes - size)
        found += rows
        size += rows.reduce(0) { $0 + $1.document.text.utf8.count }
        if rows.isEmpty { endFile(open) }
        // What a pipe has is not kept waiting for more.
        if open.file.status == nil, !rows.isEmpty { break }
      } catch {
        guard !open.file.isNamed, !(error is CancellationError) else {
          // What stands before the fault is given first; the reader remembers the fault.
          if found.isEmpty || error is CancellationError { throw error }
          break
        }
        warnings.append("\(error)")
        unreadable.insert(open.file.path)
        endFile(open)
      }
    }
    return found
  }

  private mutating func read(_ open: OpenFile, limit: Int, bytes: Int) throws -> [DocumentRow] {
    switch open {
    case .rows(let rows, let file):
      let found = try rows.next(limit, bytes: bytes)
      return file.isNamed ? found : try found.map { try Self.adding(path: file.path, to: $0, at: rows.place) }
    case .text(var text, let file, let parts):
      guard let part = try text.next(limit: Self.longestDocument) else { return [] }
      current = .text(text, file, parts: parts + 1)
      let id = parts == 0 ? file.path : "\(file.path)#\(parts + 1)"
      return [
        DocumentRow(document: Document(id: id, text: part, metadata: .object(["path": .string(file.path)])))
      ]
    }
  }

  /// Opens the next file that can be read.
  private mutating func nextFile() throws -> OpenFile? {
    while let file = takeFile() {
      do {
        return try Self.open(file)
      } catch {
        guard !file.isNamed else { throw error }
        warnings.append("\(error)")
        unreadable.insert(file.path)
      }
    }
    return nil
  }

  private mutating func takeFile() -> FoundFile? {
    let before = walker?.warnings.count ?? 0
    let file = walker == nil ? listed.popFirst() : walker?.next()
    if let all = walker?.warnings, all.count > before { warnings += all[before...].map(\.description) }
    return file
  }

  private static func open(_ file: FoundFile) throws -> OpenFile {
    let isRecords: Bool =
      switch FileKind(name: file.path) {
      case .jsonLines, .commaTable, .tabTable: true
      default: file.path == "-" || file.isNamed && DocumentRows.Format(name: file.path) != nil
      }
    if isRecords {
      guard !file.path.hasSuffix(".gz") else {
        throw RetrievalError(
          .unreadable, file.path, "is packed; unpack it: zcat \(file.path) | needletail collection add … -")
      }
      return .rows(try DocumentRows(contentsOf: file.path), file)
    }
    return .text(try FileText(file.path, isNamed: file.isNamed), file, parts: 0)
  }

  private mutating func endFile(_ open: OpenFile) {
    bytesDone += open.file.status?.size ?? 0
    current = nil
  }

  /// A row of a file that was found in a folder says which file that was.
  private static func adding(path: String, to row: DocumentRow, at place: String) throws -> DocumentRow {
    guard case .object(let members) = row.document.metadata, !members.contains(where: { $0.key == "path" }) else {
      throw RetrievalError(
        .malformed, place, "has a \"path\" of its own, where the file's path belongs; name the file itself to add it")
    }
    let document = Document(
      id: row.document.id, text: row.document.text,
      metadata: .object(members + [(key: "path", value: .string(path))]))
    return DocumentRow(document: document, vector: row.vector)
  }

  /// The file to read of a folder in BEIR's layout; any other path as it is.
  static func corpus(_ path: String) -> String {
    let file = path.hasSuffix("/") ? path + "corpus.jsonl" : path + "/corpus.jsonl"
    return FileStatus(file, followsLinks: true)?.kind == .file ? file : path
  }
}
