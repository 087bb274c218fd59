import Needletail

/// What `needletail bench` measured, as tables, as JSON and as a plot.
struct SpeedReport {
  let model: String
  let precision: Precision
  let kernels: String
  let limits: MachineLimits
  let speed: EncodingSpeed
  let spent: Profile
  let latency: QueryLatency
  let startSeconds: Double
  let peakMemory: Int

  /// Operations a second of the whole work, by the clock.
  private var rate: Double { spent.total.operations / (speed.seconds.min() ?? .infinity) }
  private var share: Double { rate / limits.operations(precision) }

  /// What products with weights reach while they run, all threads together.
  private var products: Profile.Entry { spent.sum(\.isProduct) }

  private func rate(_ entry: Profile.Entry) -> Double {
    entry.seconds > 0 ? entry.operations / entry.seconds * Double(limits.threads) : 0
  }

  private var parts: [(part: Profile.Part, entry: Profile.Entry)] {
    Profile.Part.allCases.compactMap { part in spent.entries[part].map { (part, $0) } }
  }

  // MARK: tables

  func tables(profile: Bool) -> [[[String]]] {
    let machine = [
      ["machine", "\(limits.threads) threads, \(kernels) kernels"],
      ["f32 peak", Self.giga(limits.float32) + " GFLOP/s"], ["bf16 peak", Self.giga(limits.bfloat16) + " GFLOP/s"],
      ["int8 peak", Self.giga(limits.int8) + " GOP/s"], ["memory", Self.giga(limits.memory) + " GB/s"],
    ]
    let work = [
      ["model", "\(model), \(precision.rawValue)"], ["workload", "\(speed.texts) texts, \(speed.tokens) tokens"],
      [
        "speed",
        "\(speed.textsPerSecond.rounded(digits: 0)) texts/s, \(speed.tokensPerSecond.rounded(digits: 0)) tokens/s",
      ],
      [
        "share of peak",
        "\(Self.percent(share)) whole, \(Self.percent(rate(products) / limits.operations(precision))) products",
      ],
      [
        "one query",
        [50, 95, 99].map { "p\($0) \((latency.percentile($0) * 1e3).rounded(digits: 3)) ms" }.joined(separator: "  "),
      ],
      ["start", "\((startSeconds * 1e3).rounded(digits: 1)) ms to the first vector"],
      ["peak memory", ByteText.short(peakMemory)],
    ]
    return [machine, work] + (profile ? [profileTable] : [])
  }

  private var profileTable: [[String]] {
    let total = spent.total.seconds
    return [["PART", "TIME", "GOP/S", "OF PEAK"]]
      + parts.sorted { $0.entry.seconds > $1.entry.seconds }.map { part, entry in
        let rate = rate(entry)
        return [
          part.rawValue, Self.percent(entry.seconds / total), rate > 0 ? Self.giga(rate) : "-",
          rate > 0 ? Self.percent(rate / peak(of: part)) : "-",
        ]
      }
  }

  /// Attention is float32 in every precision.
  private func peak(of part: Profile.Part) -> Double {
    part == .attention ? limits.float32 : limits.operations(precision)
  }

  private static func giga(_ value: Double) -> String { (value / 1e9).rounded(digits: 1) }
  private static func percent(_ value: Double) -> String { (value * 100).rounded(digits: 1) + " %" }

  // MARK: JSON

  var json: JSONValue {
    .object([
      "model": .string(model), "precision": .string(precision.rawValue), "kernels": .string(kernels),
      "threads": .integer(limits.threads),
      "machine": .object([
        "f32_operations_per_second": .double(limits.float32), "bf16_operations_per_second": .double(limits.bfloat16),
        "int8_operations_per_second": .double(limits.int8), "memory_bytes_per_second": .double(limits.memory),
      ]),
      "texts": .integer(speed.texts), "tokens": .integer(speed.tokens),
      "seconds": .array(speed.seconds.map(JSONValue.double)), "texts_per_second": .double(speed.textsPerSecond),
      "tokens_per_second": .double(speed.tokensPerSecond), "operations_per_second": .double(rate),
      "share_of_peak": .double(share), "products_share_of_peak": .double(rate(products) / limits.operations(precision)),
      "p50": .double(latency.percentile(50)), "p95": .double(latency.percentile(95)),
      "p99": .double(latency.percentile(99)), "start_seconds": .double(startSeconds),
      "peak_memory_bytes": .integer(peakMemory),
      "profile": .array(
        parts.map { part, entry in
          .object([
            "part": .string(part.rawValue), "seconds": .double(entry.seconds), "operations": .double(entry.operations),
            "bytes": .double(entry.bytes),
          ])
        }),
    ])
  }

  // MARK: plot

  var roofline: Roofline {
    var roofs = [Roofline.Roof(name: "f32", rate: limits.float32), .init(name: "int8", rate: limits.int8)]
    if limits.bfloat16 > limits.float32 * 1.2 { roofs.append(.init(name: "bf16", rate: limits.bfloat16)) }
    let points = parts.filter { $0.entry.operations > 0 && $0.entry.bytes > 0 }.map { part, entry in
      Roofline.Point(name: part.rawValue, intensity: entry.operations / entry.bytes, rate: rate(entry))
    }
    return Roofline(
      title: "\(model), \(precision.rawValue), \(limits.threads) threads, \(kernels)", bandwidth: limits.memory,
      roofs: roofs, points: points)
  }
}
