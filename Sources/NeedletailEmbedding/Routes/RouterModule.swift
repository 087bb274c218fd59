internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a Router module's `router_config.json` says: the modules that queries and documents take.
struct RouterModule: Sendable {
  /// The modules of each route, in the file's order, "query" and "document" at most; paths from the model's folder.
  let routes: [(name: String, modules: [ModuleEntry])]
  /// The route of texts without a role.
  let usual: String?
  /// The file, for errors.
  let subject: String

  /// Reads the router that stands at an entry of `modules.json`.
  ///
  /// - Throws: ``EmbeddingError`` with code `.unsupported` for routes by anything else than the two roles.
  init(_ entry: ModuleEntry, in folder: ModelFolder) throws(EmbeddingError) {
    let module = try folder.module(entry.path)
    subject = module.file("router_config.json").path
    guard let json = try module.json("router_config.json") else {
      throw EmbeddingError(.unreadable, subject, "the router has no router_config.json")
    }
    do {
      let parameters = json.optional("parameters")
      if let mappings = parameters?.optional("route_mappings"), mappings.members.contains(where: { _ in true }) {
        throw mappings.error(.outOfRange, "route_mappings is not supported, only the routes query and document")
      }
      let types = try json.value("types").expect(.object, "types")
      let prefix = entry.path.isEmpty ? "" : entry.path + "/"
      routes = try json.value("structure").expect(.object, "structure").members.map { key, list throws(JSONError) in
        let name = String(decoding: key, as: UTF8.self)
        guard name == "query" || name == "document" else {
          throw list.error(.outOfRange, "the route \"\(name)\" is not supported, only query and document")
        }
        return (
          name,
          try list.expect(.array, name).elements.map { id throws(JSONError) in
            guard let id = id.string, !id.isEmpty else {
              throw id.error(.wrongType, "a module of a route should be named by a text")
            }
            let type = try types.string(id)
            return try ModuleEntry(type: type, path: prefix + id, at: types)
          }
        )
      }
      for (name, modules) in routes {
        guard modules.first?.kind.isEncoder == true, modules.first?.kind != .router,
          !modules.dropFirst().contains(where: \.kind.isEncoder)
        else { throw json.error(.outOfRange, "the route \"\(name)\" should begin with its only encoder") }
      }
      let stated = parameters?.optional("default_route") == nil ? nil : try parameters?.string("default_route")
      if let stated, !routes.contains(where: { $0.name == stated }) {
        throw json.error(.outOfRange, "default_route \"\(stated)\" is not among the routes")
      }
      let takesFirst = try parameters?.boolean("allow_empty_key", default: true) ?? true
      usual = stated ?? (takesFirst ? routes.first?.name : nil)
    } catch {
      let isUnsupported = (error as? JSONError)?.code == .outOfRange
      throw EmbeddingError(isUnsupported ? .unsupported : .malformed, error, subject: subject)
    }
    guard !routes.isEmpty else { throw EmbeddingError(.malformed, subject, "the router has no routes") }
  }
}
