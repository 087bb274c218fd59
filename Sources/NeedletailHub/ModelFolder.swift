import NeedletailJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A folder of model files on this machine, read only as far as its descriptions.
struct ModelFolder: Sendable {
  let path: String
  /// The largest JSON file read from a folder, bytes.
  static let descriptionLimit = 64 << 20

  /// One row of `modules.json`.
  struct Module: Sendable {
    let folder: String
    let type: String
    /// The last part of the type, such as `Pooling`.
    var name: String { type.split(separator: ".").last.map(String.init) ?? type }
  }

  /// The root of a JSON file of the folder; `nil` where the file is missing.
  func description(_ name: String) throws(HubError) -> JSON? {
    let file = path + "/" + name
    guard let status = FileStatus(file), !status.isFolder else { return nil }
    guard status.size <= Self.descriptionLimit else {
      throw HubError(.tooLarge, file, "\(status.size) bytes are more than a description may have")
    }
    let bytes = try OpenFile(reading: file).contents(limit: Self.descriptionLimit)
    do { return try JSONDocument(parsing: bytes, subject: file).root } catch {
      throw HubError(.badFolder, file, "is not JSON: \(error)", cause: error)
    }
  }

  /// The rows of `modules.json`, a router replaced by the modules of its usual route; empty where there is no such file.
  func modules() throws(HubError) -> [Module] {
    guard let rows = try description("modules.json") else { return [] }
    let modules = try Self.modules(rows, subject: path + "/modules.json")
    guard let first = modules.first, first.name == Self.router, let route = try routes(first.folder).first else {
      return modules
    }
    return route + modules.dropFirst()
  }

  /// What the last part of a router's type is.
  static let router = "Router"

  /// The modules of each route of a router, those of the usual one first; empty where there is no router.
  func routes() throws(HubError) -> [[Module]] {
    guard let rows = try description("modules.json"),
      let first = try Self.modules(rows, subject: path + "/modules.json").first, first.name == Self.router
    else { return [] }
    return try routes(first.folder)
  }

  private func routes(_ folder: String) throws(HubError) -> [[Module]] {
    let start = folder.isEmpty ? "" : folder + "/"
    guard let json = try description(start + "router_config.json") else { return [] }
    let subject = path + "/" + start + "router_config.json"
    let usual = json.optional("parameters")?.optional("default_route")?.string
    var routes: [[Module]] = []
    for (key, list) in json.optional("structure")?.members.map({ ($0.key, $0.value) }) ?? [] {
      var modules: [Module] = []
      for id in list.elements {
        guard let name = id.string, let type = json.optional("types")?[name]?.string else {
          throw HubError(.badFolder, subject, "names a module without a type")
        }
        _ = try RemotePath(start + name)
        modules.append(Module(folder: start + name, type: type))
      }
      if String(decoding: key, as: UTF8.self) == usual { routes.insert(modules, at: 0) } else { routes.append(modules) }
    }
    return routes
  }

  static func modules(_ rows: JSON, subject: String) throws(HubError) -> [Module] {
    var modules: [Module] = []
    do throws(JSONError) {
      for row in try rows.expect(.array, "the list of modules").elements {
        modules.append(Module(folder: try row.string("path", default: ""), type: try row.string("type")))
      }
    } catch {
      throw HubError(.badFolder, subject, "\(error)", cause: error)
    }
    return try modules.map { (module) throws(HubError) in
      var folder = module.folder
      while folder.hasSuffix("/") { folder.removeLast() }
      if !folder.isEmpty { _ = try RemotePath(folder) }
      return Module(folder: folder, type: module.type)
    }
  }

  /// Every file in the folder and the folders below it, hidden ones excluded, in the order of their names.
  func files() throws(HubError) -> [RemotePath] {
    var found: [RemotePath] = []
    var folders = [""]
    while let folder = folders.popLast() {
      let names: [String]
      do { names = try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder) } catch {
        throw .foundation(error, path + "/" + folder, "could not be read")
      }
      for name in names where !name.hasPrefix(".") {
        let relative = folder.isEmpty ? name : folder + "/" + name
        let status = FileStatus(path + "/" + relative)
        if status?.isFolder == true {
          let isLink = FileStatus(path + "/" + relative, followingLinks: false)?.isLink == true
          if !isLink, folders.count < 1000 { folders.append(relative) }
        } else if status != nil, let safe = try? RemotePath(relative) {
          found.append(safe)
        }
        guard found.count <= Listing.fileLimit else {
          throw HubError(.tooLarge, path, "the folder holds more than \(Listing.fileLimit) files")
        }
      }
    }
    return found.sorted { $0.description < $1.description }
  }

  /// Whether a file says how texts become ids.
  ///
  /// Those of kinds that are not read here count as well: that a model cannot be used is no reason to fetch it again.
  private static func isVocabulary(_ name: String) -> Bool {
    ["tokenizer.json", "vocab.txt", "vocab.json", "unigram.json", "bpe.codes", "dict.txt"].contains(name)
      || name.hasSuffix(".model")
  }

  /// Whether the folder holds everything that running the model needs, as far as its own files can tell.
  func isComplete() -> Bool {
    guard let files = try? files(), let modules = try? modules() else { return false }
    let names = Set(files.map(\.description))
    guard names.contains("config.json") || names.contains("modules.json") else { return false }
    let core = modules.first { $0.name == "Transformer" || $0.name == "StaticEmbedding" }?.folder ?? ""
    guard files.contains(where: { $0.folder == core && Self.isVocabulary($0.name) }) else { return false }
    guard let routes = try? routes() else { return false }
    let folders = Set((modules + routes.joined()).map(\.folder))
    guard let chosen = try? ModelFiles(choosingFrom: files, moduleFolders: folders, subject: path) else { return false }
    // A pooling, dense or similar module keeps at least its configuration in its folder.
    let needsFolder = modules.filter { !$0.folder.isEmpty && !["Normalize"].contains($0.name) }
    guard needsFolder.allSatisfy({ module in files.contains { $0.folder == module.folder } }) else { return false }
    return chosen.needed.filter { $0.name.hasSuffix(".index.json") }.allSatisfy { index in
      guard let map = (try? description(index.description))??["weight_map"] else { return false }
      return map.members.allSatisfy { member in
        guard let part = member.value.string else { return false }
        return names.contains(index.folder.isEmpty ? part : index.folder + "/" + part)
      }
    }
  }
}
