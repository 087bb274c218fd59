public import Foundation

/// Folders of valid files, of which one file at a time is replaced by a mutated copy.
public struct FuzzedFolders: Sendable {
  private let sources: [String: URL]
  /// Every file of every folder, named by its folder and its path in it.
  public let seeds: [Fuzzing.Seed]

  /// - Parameters:
  ///   - folders: Folders of different names.
  ///   - isIncluded: Which of their files are mutated, by their paths in the folder.
  public init(_ folders: [URL], where isIncluded: (String) -> Bool = { _ in true }) throws {
    var sources: [String: URL] = [:]
    var seeds: [Fuzzing.Seed] = []
    for folder in folders {
      sources[folder.lastPathComponent] = folder
      for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() where isIncluded(path) {
        let file = folder.appending(path: path)
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue
        else { continue }
        seeds.append((folder.lastPathComponent + "/" + path, [UInt8](try Data(contentsOf: file))))
      }
    }
    self.sources = sources
    self.seeds = seeds
  }

  /// Lays out a copy of the folder that an input belongs to, with the input in place of the file that it was made from.
  ///
  /// - Parameter bytes: What is written in place of the input's own bytes.
  public func withFolder<Result>(
    of input: Fuzzing.Input, bytes: [UInt8]? = nil, _ body: (URL) async throws -> Result
  ) async throws -> Result {
    let manager = FileManager.default
    let name = String(input.name.prefix { $0 != "/" })
    let folder = input.folder.appending(path: name)
    guard let source = sources[name] else { preconditionFailure("the input belongs to one of the folders") }
    if !manager.fileExists(atPath: folder.path) { try manager.copyItem(at: source, to: folder) }
    let path = String(input.name.dropFirst(name.count + 1))
    let file = folder.appending(path: path)
    func replace(_ bytes: [UInt8]) throws {
      try? manager.removeItem(at: file)
      try Data(bytes).write(to: file)
    }
    try replace(bytes ?? input.bytes)
    do {
      let result = try await body(folder)
      try replace(valid(input))
      return result
    } catch {
      try replace(valid(input))
      throw error
    }
  }

  private func valid(_ input: Fuzzing.Input) -> [UInt8] { seeds.first { $0.name == input.name }?.bytes ?? [] }
}
