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

/// The files of a model folder that can change a vector, symbolic links followed.
struct ModelFiles {
  /// One file.
  struct File {
    /// The path below the folder.
    let name: String
    let url: URL
    /// What changes when the file does, as far as the file system can tell.
    let fingerprint: String
    /// The time of the last change, in seconds since 1970.
    let changed: Int
    /// Whether tensors may be in it.
    var holdsWeights: Bool { name.hasSuffix(".safetensors") || name.hasSuffix(".bin") }
  }

  /// In the order of their names.
  let files: [File]

  private static let endings = [".json", ".txt", ".safetensors", ".jinja"]
  /// Folders within folders, links that lead in a circle included.
  private static let maximumDepth = 8

  /// Lists a folder.
  ///
  /// - Throws: ``EmbeddingError`` with code `.unreadable` if a folder cannot be listed or there are no weights.
  init(_ folder: URL) throws(EmbeddingError) {
    var files: [File] = []
    try Self.list(folder, prefix: "", depth: 0, into: &files)
    guard files.contains(where: \.holdsWeights) else {
      throw EmbeddingError(.unreadable, folder.path, "holds no weights as safetensors or pytorch_model.bin")
    }
    self.files = files.sorted { $0.name < $1.name }
  }

  private static func list(
    _ folder: URL, prefix: String, depth: Int, into files: inout [File]
  ) throws(EmbeddingError) {
    guard depth <= maximumDepth else { return }
    let names: [String]
    // The trailing slash makes a link to a folder that folder.
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/") } catch {
      throw EmbeddingError(.unreadable, folder.path, "cannot be listed")
    }
    // Weights of this kind are read where there are no safetensors.
    let isSafe = names.contains("model.safetensors") || names.contains("model.safetensors.index.json")
    let endings = Self.endings + (isSafe ? [] : [".bin"])
    for name in names where !name.hasPrefix(".") {
      let url = folder.appending(path: name)
      var status = stat()
      // A link that leads nowhere was not read as part of the model either.
      guard unsafe stat(url.path, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try list(url, prefix: prefix + name + "/", depth: depth + 1, into: &files)
      case S_IFREG where endings.contains(where: name.hasSuffix):
        #if canImport(Darwin)
          let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
          let (modified, changed) = (status.st_mtim, status.st_ctim)
        #endif
        let numbers = [
          Int(status.st_size), modified.tv_sec, modified.tv_nsec, changed.tv_sec, changed.tv_nsec,
        ]
        let fingerprint = "\(numbers) \(status.st_dev) \(status.st_ino)"
        files.append(
          File(
            name: prefix + name, url: url, fingerprint: fingerprint, changed: max(modified.tv_sec, changed.tv_sec)))
      default: break
      }
    }
  }
}
