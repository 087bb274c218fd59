#if Server
  import NeedletailServer
  import NeedletailTensor
  import Testing

  @Suite("The histogram of latencies")
  struct LatencyHistogramTests {
    @Test("small times are exact")
    func small() {
      var histogram = LatencyHistogram()
      for time in 0..<256 { histogram.note(time) }
      for time in 0..<256 { #expect(histogram.quantile(Double(time + 1) / 256) == time) }
      #expect(histogram.count == 256 && histogram.maximum == 255 && histogram.mean == 127.5)
    }

    @Test("quantiles are off by less than 0.8 %", arguments: [1, 2, 3] as [UInt64])
    func near(seed: UInt64) {
      var random = SplitMix64(seed: seed)
      let times = (0..<20_000).map { _ in Int(random.next() >> (1 + random.next() % 60)) }
      var histogram = LatencyHistogram()
      for time in times { histogram.note(time) }
      let sorted = times.sorted()
      for part in [0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1] {
        let exact = sorted[max(0, Int((part * Double(times.count)).rounded(.up)) - 1)]
        let found = histogram.quantile(part)
        #expect(found >= exact && Double(found - exact) <= 0.008 * Double(exact), "seed \(seed), \(part)")
      }
      #expect(histogram.quantile(1) == sorted.last)
    }

    @Test("two histograms together are that of all times")
    func sum() {
      var random = SplitMix64(seed: 4)
      var one = LatencyHistogram(), other = LatencyHistogram(), whole = LatencyHistogram()
      for number in 0..<1000 {
        let time = Int(random.next() >> 30)
        if number % 3 == 0 { one.note(time) } else { other.note(time) }
        whole.note(time)
      }
      one.add(other)
      #expect(one.count == whole.count && one.maximum == whole.maximum)
      for part in [0.0, 0.25, 0.5, 0.75, 0.99, 1] { #expect(one.quantile(part) == whole.quantile(part)) }
    }

    @Test("an empty one says zero, the longest time there is has a bucket")
    func ends() {
      var histogram = LatencyHistogram()
      #expect(histogram.quantile(0.5) == 0 && histogram.mean == 0)
      histogram.note(.max)
      histogram.note(-5)
      #expect(histogram.quantile(1) == .max && histogram.quantile(0.5) == 0)
    }
  }
#endif
