internal import CNeedletail

/// A flat graph over rows of codes: for each row some others that a walk may go on to.
package struct GraphStore: Sendable {
  /// The most edges of a node that the kernels take.
  package static let widestRow = Int(nt_widest_row)
  /// Ends a row of edges that is not full.
  package static let noNode: UInt32 = .max

  package let codes: CodeStore
  /// `[capacity, slots]`.
  package let edges: Plane<UInt32>
  package let slots: Int
  /// Where walks begin.
  package var entries: [UInt32] = []

  /// A graph without edges over the rows that codes have memory for.
  package init(codes: CodeStore, slots: Int) {
    let edges = Plane<UInt32>(zeros: codes.capacity * slots)
    edges.fill(with: Self.noNode)
    self.init(codes: codes, edges: edges, slots: slots)
  }

  /// A graph whose edges exist; each is the number of a row, or ``noNode``.
  package init(codes: CodeStore, edges: Plane<UInt32>, slots: Int) {
    precondition(slots > 0 && slots <= Self.widestRow && edges.count >= codes.capacity * slots, "edges for each row")
    self.codes = codes
    self.edges = edges
    self.slots = slots
  }

  /// Whether the graph is in a mapped file, so that it can only be read.
  package var isMapped: Bool { edges.isMapped || codes.high.isMapped }

  /// The same graph with memory for more rows, and for other numbers of edges, none fewer than any row has.
  package func grown(to capacity: Int, slots: Int) -> GraphStore {
    var larger = GraphStore(codes: codes.grown(to: capacity), slots: slots)
    for row in 0..<codes.capacity { larger.edges.replace(from: row * slots, with: neighbours(of: row)) }
    larger.entries = entries
    return larger
  }

  /// The rows of `order` under their places in it; edges to others vanish.
  ///
  /// - Parameters:
  ///   - order: Rows of this graph without repetition.
  ///   - slots: The edges of a row; more are left out.
  package func renumbered(_ order: [UInt32], slots: Int) -> GraphStore {
    var places = [UInt32](repeating: Self.noNode, count: codes.capacity)
    for (place, row) in order.enumerated() { places[Int(row)] = UInt32(place) }
    let edges = Plane<UInt32>(zeros: order.count * slots)
    edges.fill(with: Self.noNode)
    for (place, row) in order.enumerated() {
      let kept = neighbours(of: Int(row)).map { places[Int($0)] }.filter { $0 != Self.noNode }
      edges.replace(from: place * slots, with: Array(kept.prefix(slots)))
    }
    return GraphStore(codes: codes.reordered(order), edges: edges, slots: slots)
  }

  /// The nodes that a node's edges lead to.
  package func neighbours(of node: Int) -> [UInt32] {
    let row = edges.values((node * slots)..<((node + 1) * slots))
    return Array(row.prefix { $0 < codes.capacity })
  }

  /// Takes all edges from a node.
  package func clear(_ node: Int) {
    edges.replace(from: node * slots, with: [UInt32](repeating: Self.noNode, count: slots))
  }

  /// Walks towards a query and leaves the best nodes in the beam.
  ///
  /// - Parameter width: How many nodes are kept; at most the beam's capacity.
  package func search(_ query: CodeQuery, width: Int, _ beam: GraphBeam) {
    precondition(width > 0 && width <= beam.capacity && beam.nodes >= codes.capacity, "the beam fits")
    unsafe withGraph { graph in
      unsafe query.withPointer { query in
        beam.count = unsafe codes.kernels.table.graph.search(graph, query, width, &beam.memory)
      }
    }
  }

  /// Gives a node its edges, found by a walk towards it.
  package func link(_ node: UInt32, _ shape: GraphShape, _ beam: GraphBeam) {
    precondition(shape.width <= beam.capacity && node < codes.capacity && shape.degree <= slots, "the beam fits")
    unsafe withGraph { graph in
      unsafe codes.kernels.table.graph.link(graph, node, shape.width, shape.alpha, shape.degree, &beam.memory)
    }
  }

  /// Adds edges to a node, whose row is pruned where they do not fit.
  ///
  /// - Parameters:
  ///   - force: Prune in any case.
  ///   - removed: Nodes to which no edge may lead, a bit for each.
  package func attach(
    _ sources: ArraySlice<UInt32>, to node: UInt32, _ shape: GraphShape, force: Bool = false, removed: [UInt64]? = nil,
    _ beam: GraphBeam
  ) {
    precondition(node < codes.capacity && shape.degree <= slots && beam.nodes >= codes.capacity, "the node is here")
    precondition(removed.map { $0.count * 64 >= codes.capacity } ?? true, "there is a bit for each node")
    let attach = unsafe codes.kernels.table.graph.attach
    unsafe withGraph { graph in
      unsafe sources.withUnsafeBufferPointer { sources in
        let start = unsafe sources.baseAddress ?? UnsafePointer(edges.start)
        unsafe attach(
          graph, node, start, sources.count, shape.alpha, shape.degree, force, removed, &beam.memory)
      }
    }
  }

  private func withGraph<Result>(_ body: (UnsafePointer<nt_graph>) -> Result) -> Result {
    unsafe entries.withUnsafeBufferPointer { entries in
      let first = unsafe entries.baseAddress ?? UnsafePointer(edges.start)
      var graph = unsafe nt_graph(
        codes: codes.codes, rows: codes.capacity, edges: edges.start, slots: slots, entries: first,
        entry_count: entries.count)
      return unsafe body(&graph)
    }
  }
}

/// What a node's edges are chosen by.
package struct GraphShape: Sendable {
  /// The best nodes that a walk towards a new one keeps.
  package var width: Int
  /// How much nearer to a kept neighbour than to the node another one may be.
  package var alpha: Float
  /// The most edges of a row after pruning.
  package var degree: Int

  package init(width: Int, alpha: Float, degree: Int) {
    self.width = width
    self.alpha = alpha
    self.degree = degree
  }
}
