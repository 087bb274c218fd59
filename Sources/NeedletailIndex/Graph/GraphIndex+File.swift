public import NeedletailTensor

extension GraphIndex {
  /// Writes the index to a file that ``init(contentsOf:kernels:)`` maps.
  ///
  /// - Parameter path: Where it will be; a file there is replaced once the new one is complete and on the disk.
  /// - Throws: ``IndexError`` with code `.unwritable`.
  public func write(to path: String) throws(IndexError) {
    let writer = try SegmentWriter(path)
    try write(to: writer)
    try writer.finish()
  }

  /// Maps an index that ``write(to:)`` wrote; it is read from the file as it is searched.
  ///
  /// - Throws: ``IndexError`` with code `.unreadable`, `.damaged` or `.unsupported`.
  /// - Complexity: O(``positions``), and every byte is read once for its checksum.
  public init(contentsOf path: String, kernels: Kernels) throws(IndexError) {
    let file = try SegmentFile(path)
    try file.verify()
    try self.init(file, kernels: kernels)
  }

  /// Writes the sections of the index, whose names begin with "graph.".
  package func write(to writer: SegmentWriter) throws(IndexError) {
    try writer.write("graph.about", About(self).numbers)
    try writer.write("graph.frame", [frame?.longest ?? 0] + (frame?.mean ?? [Float](repeating: 0, count: dimension)))
    try writer.write(
      "graph.curve", ((curve?.ten ?? []) + (curve?.hundred ?? [])).flatMap { [Double($0.width), $0.recall] })
    try writer.write("graph.labels", labels)
    try writer.write("graph.places", places)
    try writer.write("graph.removed", removed)
    try writer.write("graph.free", free)
    try writer.write("graph.entries", graph?.entries ?? [])
    guard let graph else { return }
    try Self.write("high", graph.codes.high, to: writer)
    try Self.write("low", graph.codes.low, to: writer)
    try Self.write("factors", graph.codes.factors, to: writer)
    try Self.write("fine", graph.codes.fine, to: writer)
    if let heights = graph.codes.heights { try Self.write("heights", heights, to: writer) }
    try Self.write("edges", graph.edges, to: writer)
  }

  private static func write<Element: BitwiseCopyable>(
    _ name: String, _ plane: Plane<Element>, to writer: SegmentWriter
  ) throws(IndexError) {
    try writer.begin("graph." + name)
    try plane.withBytes { (bytes) throws(IndexError) in try writer.append(bytes) }
  }

  /// The index in the sections of a file, whose checksums the caller has compared or compares later: whatever they say,
  /// a search ends and reads nothing outside of them.
  package init(_ file: SegmentFile, kernels: Kernels) throws(IndexError) {
    let about = try About(try Self.numbers("about", file), file)
    try self.init(
      dimension: about.dimension, metric: about.metric,
      settings: GraphSettings(degree: about.degree, buildWidth: about.buildWidth, alpha: about.alpha), kernels: kernels)
    curve = try Self.curve(try Self.numbers("curve", file), file)
    guard about.capacity > 0 else { return }
    let mean: [Float] = try Self.numbers("frame", file)
    guard mean.count == dimension + 1, mean.allSatisfy(\.isFinite) else { throw Self.damaged("frame", file) }
    let frame = VectorFrame(metric: metric, mean: Array(mean[1...]), longest: mean[0], kernels: kernels)
    self.frame = frame
    rows = about.rows
    labels = try Self.rowNumbers("labels", file, count: rows, below: rows)
    places = try Self.rowNumbers("places", file, count: rows, below: rows)
    free = try Self.rowNumbers("free", file, count: nil, below: rows)
    removed = try Self.numbers("removed", file)
    removedCount = about.removedCount
    let marked = removed.reduce(0) { $0 + $1.nonzeroBitCount }
    guard removed.count >= (about.capacity + 63) / 64, marked == removedCount + free.count, marked <= rows else {
      throw Self.damaged("removed", file)
    }
    let size = frame.rotation.codeDimension / 2, capacity = about.capacity
    let codes = CodeStore(
      dimension: frame.rotation.codeDimension, capacity: capacity, base: frame.base,
      high: try Self.plane("high", file, capacity * size), low: try Self.plane("low", file, capacity * size),
      factors: try Self.plane("factors", file, 2 * capacity), fine: try Self.plane("fine", file, capacity),
      heights: frame.hasHeights ? try Self.plane("heights", file, capacity) : nil, kernels: kernels)
    var graph = GraphStore(
      codes: codes, edges: try Self.plane("edges", file, capacity * about.slots), slots: about.slots)
    graph.entries = try Self.rowNumbers("entries", file, count: nil, below: rows)
    self.graph = graph
  }

  private static func numbers<Number: BitwiseCopyable>(
    _ name: String, _ file: SegmentFile
  ) throws(IndexError) -> [Number] {
    guard let plane = Plane<Number>(try file.section("graph." + name)) else { throw damaged(name, file) }
    return plane.values(0..<plane.count)
  }

  private static func rowNumbers(
    _ name: String, _ file: SegmentFile, count: Int?, below limit: Int
  ) throws(IndexError) -> [UInt32] {
    let numbers: [UInt32] = try numbers(name, file)
    guard numbers.allSatisfy({ $0 < limit }), numbers.count == count ?? min(numbers.count, limit) else {
      throw damaged(name, file)
    }
    return numbers
  }

  private static func plane<Element: BitwiseCopyable>(
    _ name: String, _ file: SegmentFile, _ count: Int
  ) throws(IndexError) -> Plane<Element> {
    guard let plane = Plane<Element>(try file.section("graph." + name)), plane.count == count else {
      throw damaged(name, file)
    }
    return plane
  }

  private static func curve(_ numbers: [Double], _ file: SegmentFile) throws(IndexError) -> RecallCurve? {
    guard !numbers.isEmpty else { return nil }
    guard numbers.count % 4 == 0, numbers.allSatisfy({ (0...1e6).contains($0) }) else { throw damaged("curve", file) }
    let points = stride(from: 0, to: numbers.count, by: 2).map {
      RecallCurve.Point(width: Int(numbers[$0]), recall: numbers[$0 + 1])
    }
    return RecallCurve(ten: Array(points.prefix(points.count / 2)), hundred: Array(points.suffix(points.count / 2)))
  }

  fileprivate static func damaged(_ name: String, _ file: SegmentFile) -> IndexError {
    IndexError(.damaged, file.path, "its section graph.\(name) contradicts the others; build the index again")
  }
}

/// The sizes of an index, as its file states them.
private struct About {
  let dimension: Int
  let metric: Metric
  let degree: Int
  let buildWidth: Int
  let alpha: Float
  let rows: Int
  let capacity: Int
  let slots: Int
  let removedCount: Int

  init(_ index: GraphIndex) {
    dimension = index.dimension
    metric = index.metric
    degree = index.settings.degree
    buildWidth = index.settings.buildWidth
    alpha = index.settings.alpha
    rows = index.rows
    capacity = index.graph?.codes.capacity ?? 0
    slots = index.graph?.slots ?? 1
    removedCount = index.removedCount
  }

  private static let metrics: [Metric] = [.innerProduct, .cosine, .squaredL2]

  var numbers: [Int64] {
    let metric = Self.metrics.firstIndex(of: metric) ?? 0
    return [dimension, metric, degree, buildWidth, Int(alpha.bitPattern), rows, capacity, slots, removedCount].map {
      Int64($0)
    }
  }

  init(_ numbers: [Int64], _ file: SegmentFile) throws(IndexError) {
    guard numbers.count == 9, numbers.allSatisfy({ (0...Int64(UInt32.max)).contains($0) }) else {
      throw GraphIndex.damaged("about", file)
    }
    let values = numbers.map { Int($0) }
    guard values[1] < Self.metrics.count, values[5] <= values[6], values[6] < GraphIndex.most,
      (1...GraphStore.widestRow).contains(values[7]), values[8] <= values[5]
    else { throw GraphIndex.damaged("about", file) }
    dimension = values[0]
    metric = Self.metrics[values[1]]
    degree = values[2]
    buildWidth = values[3]
    alpha = Float(bitPattern: UInt32(values[4]))
    rows = values[5]
    capacity = values[6]
    slots = values[7]
    removedCount = values[8]
  }
}
