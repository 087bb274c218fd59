#if Server
  import Needletail
  import NeedletailServer

  /// What a load has shown, for people and for programs.
  struct LoadResult {
    private let report: LoadReport
    private let command: ServeBenchCommand

    init(_ report: LoadReport, of command: ServeBenchCommand) { (self.report, self.command) = (report, command) }

    private static let quantiles = [
      ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("max", 1),
    ]

    private func perSecond(_ count: Int) -> Double { report.seconds > 0 ? Double(count) / report.seconds : 0 }

    private func milliseconds(_ part: Double) -> Double { Double(report.latencies.quantile(part)) / 1e6 }

    var json: JSONValue {
      let latencies = Self.quantiles.map { (key: $0.0, value: JSONValue.double(milliseconds($0.1))) }
      let failures = report.failures.sorted { $0.key.rawValue < $1.key.rawValue }
      return .object([
        "url": .string(command.url), "route": .string(command.route.rawValue), "clients": .integer(command.clients),
        "rate": command.rate.map(JSONValue.double) ?? .null, "seed": .integer(Int(truncatingIfNeeded: command.seed)),
        "seconds": .double(report.seconds), "requests": .integer(report.requests),
        "succeeded": .integer(report.succeeded), "unsent": .integer(report.unsent), "texts": .integer(report.texts),
        "tokens": .integer(report.tokens), "requests_per_second": .double(perSecond(report.succeeded)),
        "texts_per_second": .double(perSecond(report.texts)), "tokens_per_second": .double(perSecond(report.tokens)),
        "latency_ms": .object([(key: "mean", value: .double(report.latencies.mean / 1e6))] + latencies),
        "statuses": .object(report.statuses.sorted { $0.key < $1.key }.map { ("\($0.key)", .integer($0.value)) }),
        "errors": .object(failures.map { ($0.key.rawValue, .integer($0.value)) }),
        "bytes_sent": .integer(report.bytesSent), "bytes_received": .integer(report.bytesReceived),
        "verified": command.verification.verify
          ? .object([
            "answers": .integer(report.checked), "wrong": .integer(report.wrong),
            "largest_difference": .float(report.largestDifference),
          ]) : .null,
        "client_peak_memory_bytes": .integer(PeakMemory.bytes),
      ])
    }

    func print() throws {
      let speeds = [report.succeeded, report.texts, report.tokens].map { perSecond($0).rounded(digits: 0) }
      try StandardOutput.print(
        "\(report.requests) requests, \(report.texts) texts in \(report.seconds.rounded(digits: 1)) s, "
          + "\(command.clients) clients")
      try StandardOutput.print("\(speeds[0]) requests/s  \(speeds[1]) texts/s  \(speeds[2]) tokens/s")
      let latencies = Self.quantiles.map { "\($0.0) \(milliseconds($0.1).rounded(digits: 2))" }
      try StandardOutput.print(latencies.joined(separator: "  ") + " ms")
      let statuses = report.statuses.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      try StandardOutput.print(
        "status \(statuses.joined(separator: ", "))  \(ByteText.short(report.bytesSent)) sent, "
          + "\(ByteText.short(report.bytesReceived)) received")
      let failures = report.failures.sorted { $0.key.rawValue < $1.key.rawValue }
      if !failures.isEmpty {
        try StandardOutput.print("errors " + failures.map { "\($0.key.rawValue): \($0.value)" }.joined(separator: ", "))
      }
      if report.unsent > 0 { try StandardOutput.print("\(report.unsent) requests were due when no client was free") }
      if command.verification.verify {
        try StandardOutput.print(
          "\(report.checked) answers compared, \(report.wrong) wrong, largest difference \(report.largestDifference)")
      }
    }
  }
#endif
