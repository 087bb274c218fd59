#if Server
  /// What became of a load.
  package struct LoadReport: Sendable {
    /// What can go wrong beside answers that refuse.
    package enum Failure: String, CaseIterable, Sendable {
      /// No connection could be made.
      case connect
      /// The connection ended before the answer did.
      case closed
      /// The answer took longer than it may.
      case timeout
      /// The answer was no HTTP that can be read.
      case malformed
      /// Bytes came that nobody had asked for.
      case unasked

      /// Whether a request is without answer because of it.
      var endsRequest: Bool { self != .connect && self != .unasked }
    }

    /// From the first request to the last answer.
    package internal(set) var duration = Duration.zero
    /// Answers with a status of success.
    package internal(set) var succeeded = 0
    /// Texts, and tokens as the server counted them, of these.
    package internal(set) var texts = 0
    package internal(set) var tokens = 0
    package internal(set) var bytesSent = 0
    package internal(set) var bytesReceived = 0
    /// How many answers had each status.
    package internal(set) var statuses: [Int: Int] = [:]
    package internal(set) var failures: [Failure: Int] = [:]
    /// How long answers of success took, from when their request was due.
    package internal(set) var latencies = LatencyHistogram()
    /// Requests that were due when the time was over, but for which no client was free.
    package internal(set) var unsent = 0
    /// The first answer without success.
    package internal(set) var firstRefusal: String?
    /// Answers that were looked at, and those that were wrong.
    package internal(set) var checked = 0
    package internal(set) var wrong = 0
    package internal(set) var firstMistake: String?
    /// Between a number of a right answer and what it should be.
    package internal(set) var largestDifference: Float = 0

    /// All requests that were sent.
    package var requests: Int {
      statuses.values.reduce(0, +) + failures.reduce(0) { $0 + ($1.key.endsRequest ? $1.value : 0) }
    }
    /// ``duration`` in seconds.
    package var seconds: Double { duration / .seconds(1) }

    /// Adds what another thread has seen in the same time.
    mutating func add(_ other: LoadReport) {
      duration = max(duration, other.duration)
      succeeded += other.succeeded
      texts += other.texts
      tokens += other.tokens
      bytesSent += other.bytesSent
      bytesReceived += other.bytesReceived
      statuses.merge(other.statuses, uniquingKeysWith: +)
      failures.merge(other.failures, uniquingKeysWith: +)
      latencies.add(other.latencies)
      unsent += other.unsent
      firstRefusal = firstRefusal ?? other.firstRefusal
      checked += other.checked
      wrong += other.wrong
      firstMistake = firstMistake ?? other.firstMistake
      largestDifference = max(largestDifference, other.largestDifference)
    }
  }
#endif
