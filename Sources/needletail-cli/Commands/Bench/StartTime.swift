/// How long the program takes from its start to its end.
enum StartTime {
  /// Starts this program several times, one after another.
  ///
  /// - Parameter arguments: What it is to do; its output goes nowhere.
  /// - Returns: Seconds, the median.
  static func median(of runs: Int, arguments: [String]) throws -> Double {
    // The first run reads the program and the model into the system's cache.
    _ = try seconds(arguments)
    return try (0..<runs).map { _ in try seconds(arguments) }.sorted()[runs / 2]
  }

  private static func seconds(_ arguments: [String]) throws -> Double {
    let start = ContinuousClock.now
    try OwnProgram.start(arguments).end()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}
