/// A way that is shared: a copy costs one reference, however much the way holds.
final class SharedRoute<Route: Sendable>: Sendable {
  let value: Route

  init(_ value: Route) { self.value = value }
}

/// The ways that a folder has for texts, by what they are for; one for all where it has no router.
struct Routes<Route: Sendable>: Sendable {
  /// What texts without a role take, or `nil` where the folder wants to be told.
  private var plain: SharedRoute<Route>?
  private var query: SharedRoute<Route>?
  private var document: SharedRoute<Route>?
  /// The folder's router, for errors.
  private let subject: String
  /// What stands for all where one answer is wanted: that of texts without a role, else of documents.
  private(set) var shared: SharedRoute<Route>
  var usual: Route { shared.value }

  /// One way for all texts.
  init(_ route: Route) {
    let route = SharedRoute(route)
    (plain, query, document, shared) = (route, route, route, route)
    subject = ""
  }

  /// Builds each way that a router has.
  ///
  /// - Parameter build: Makes a way of the modules of a route.
  init(_ router: RouterModule, _ build: ([ModuleEntry]) async throws -> Route) async throws {
    var routes: [String: SharedRoute<Route>] = [:]
    for (name, entries) in router.routes { routes[name] = SharedRoute(try await build(entries)) }
    query = routes["query"]
    document = routes["document"]
    plain = router.usual.flatMap { routes[$0] }
    subject = router.subject
    guard let usual = plain ?? document ?? query else {
      throw EmbeddingError(.malformed, router.subject, "the router has no routes")
    }
    shared = usual
  }

  /// Changes every way alike.
  mutating func change(_ body: (inout Route) throws(EmbeddingError) -> Void) throws(EmbeddingError) {
    func changed(_ route: SharedRoute<Route>) throws(EmbeddingError) -> SharedRoute<Route> {
      var value = route.value
      try body(&value)
      return SharedRoute(value)
    }
    if let route = plain { plain = try changed(route) }
    if let route = query { query = try changed(route) }
    if let route = document { document = try changed(route) }
    shared = try changed(shared)
  }

  /// All ways that there are.
  var all: [Route] { [query, document].compactMap { $0?.value } }

  /// - Throws: ``EmbeddingError`` with code `.request` where the folder has no way for texts of this role.
  func route(for role: TextRole) throws(EmbeddingError) -> Route { try shared(for: role).value }

  /// - Throws: ``EmbeddingError`` with code `.request` where the folder has no way for texts of this role.
  func shared(for role: TextRole) throws(EmbeddingError) -> SharedRoute<Route> {
    switch role {
    case .plain: if let plain { return plain }
    case .query: if let query { return query }
    case .document: if let document { return document }
    }
    throw EmbeddingError(
      .request, subject,
      role == .plain
        ? "the model has no default route; say whether texts are queries or documents"
        : "the model has no route for texts of the role \(role.rawValue)")
  }
}
