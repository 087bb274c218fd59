#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Where one model's files lie in the store, laid out as `huggingface_hub` lays them out:
/// `models--owner--name/blobs/<checksum>` holds contents, `snapshots/<commit>/<path>` links to them, `refs/<revision>`
/// says which commit a branch or tag meant last, and `.locks/models--owner--name/<checksum>.lock` keeps two
/// programs from fetching the same blob.
struct StoredRepository: Sendable {
  let name: ModelName
  /// The folder of the store, without a slash at its end.
  let cache: String

  init(_ name: ModelName, cache: URL) {
    self.name = name
    var path = cache.path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.cache = path
  }

  var folder: String { "\(cache)/\(name.folderName)" }
  var blobs: String { folder + "/blobs" }
  var snapshots: String { folder + "/snapshots" }
  var refs: String { folder + "/refs" }

  func blob(_ checksum: Checksum) -> String { "\(blobs)/\(checksum)" }
  func partialBlob(_ checksum: Checksum) -> String { "\(blobs)/\(checksum).incomplete" }
  func lock(_ checksum: Checksum) -> String { "\(cache)/.locks/\(name.folderName)/\(checksum).lock" }
  func snapshot(_ commit: String) -> String { "\(snapshots)/\(commit)" }

  /// Creates the folders that every model has.
  func prepare() throws(HubError) {
    for path in [blobs, snapshots, refs, "\(cache)/.locks/\(name.folderName)"] { try Self.createFolder(path) }
  }

  /// The commit that a revision stands for here; `nil` where the store has never met it.
  func commit(of revision: Revision) throws(HubError) -> String? {
    if revision.isCommit { return revision.description }
    let path = "\(refs)/\(revision)"
    guard let status = FileStatus(path), !status.isFolder else { return nil }
    let text = String(decoding: try OpenFile(reading: path).contents(limit: 256), as: UTF8.self)
    let commit = String(text.filter { !$0.isWhitespace })
    guard Checksum.isHexadecimal(commit, count: 40) else {
      throw HubError(.badFolder, path, "expected a commit of 40 hexadecimal digits, found \"\(commit.prefix(80))\"")
    }
    return commit
  }

  /// Notes which commit a branch or tag stands for.
  func setCommit(_ commit: String, of revision: Revision) throws(HubError) {
    guard !revision.isCommit else { return }
    let path = "\(refs)/\(revision)"
    if (try? self.commit(of: revision)) == commit { return }
    try Self.createFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
    let temporary = temporaryPath()
    do throws(HubError) {
      let file = try OpenFile(creating: temporary)
      try file.write(Array(commit.utf8), at: 0)
      try file.sync()
      try moveFile(temporary, to: path)
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw error
    }
  }

  /// Makes `snapshots/<commit>/<path>` point to a blob, relatively, so that the store can be moved.
  func link(_ path: RemotePath, in commit: String, to checksum: Checksum) throws(HubError) {
    let place = "\(snapshot(commit))/\(path)"
    let target = String(repeating: "../", count: path.parts.count + 1) + "blobs/\(checksum)"
    if (try? FileManager.default.destinationOfSymbolicLink(atPath: place)) == target { return }
    try Self.createFolder(path.folder.isEmpty ? snapshot(commit) : "\(snapshot(commit))/\(path.folder)")
    let temporary = temporaryPath()
    do { try FileManager.default.createSymbolicLink(atPath: temporary, withDestinationPath: target) } catch {
      throw .foundation(error, place, "a link to the contents could not be made")
    }
    do throws(HubError) { try moveFile(temporary, to: place) } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw error
    }
  }

  /// The commits that have a snapshot here, in order.
  func commits() throws(HubError) -> [String] {
    try Self.names(in: snapshots).filter { FileStatus("\(snapshots)/\($0)")?.isFolder == true }
  }

  /// The branches and tags that each commit is known by, in order.
  func revisions() throws(HubError) -> [(revision: String, commit: String)] {
    var found: [(revision: String, commit: String)] = []
    var folders = [""]
    while let folder = folders.popLast() {
      for name in try Self.names(in: folder.isEmpty ? refs : "\(refs)/\(folder)") where !name.hasPrefix(".") {
        let relative = folder.isEmpty ? name : "\(folder)/\(name)"
        if FileStatus("\(refs)/\(relative)")?.isFolder == true {
          if folders.count < 1000 { folders.append(relative) }
        } else if let file = try? OpenFile(reading: "\(refs)/\(relative)"), let bytes = try? file.contents(limit: 256) {
          found.append((relative, String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }))
        }
      }
    }
    return found.sorted { $0.revision < $1.revision }
  }

  /// The names in a folder, in order; none where it is missing.
  static func names(in folder: String) throws(HubError) -> [String] {
    guard FileStatus(folder)?.isFolder == true else { return [] }
    do { return try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
      throw .foundation(error, folder, "could not be read")
    }
  }

  private static func createFolder(_ path: String) throws(HubError) {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw .foundation(error, path, "the folder could not be created")
    }
  }

  /// A name that nobody else uses, beside the folders that other programs read.
  private func temporaryPath() -> String {
    "\(folder)/.needletail-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
  }
}
