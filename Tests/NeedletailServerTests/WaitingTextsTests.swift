#if Server
  import NeedletailServer
  import NeedletailTestSupport
  import NeedletailTokenizers
  import Testing

  /// Which texts make up a batch.
  @Suite("Texts that wait for a batch")
  struct WaitingTextsTests {
    typealias Waiting = WaitingTexts<Int, Int>
    typealias Request = EncodingRequest<Int, Int>

    private static let later = ContinuousClock.now + .seconds(3600)

    private static func request(_ lengths: [Int], variant: Int = 0, deadline: ContinuousClock.Instant = later)
      -> Request
    {
      var tokens = PackedTokens()
      for length in lengths { tokens.append(ids: [Int32](repeating: 1, count: length)) }
      return Request(tokens, variant: variant, deadline: deadline)
    }

    /// The batch as lengths of its texts, request by request.
    private static func batch(_ waiting: inout Waiting, budget: Int) -> [[Int]] {
      waiting.take(budget: budget, now: .now) { _ in Issue.record("nothing expires") }
        .map { part in part.texts.map { part.request.tokens.range($0).count } }
    }

    @Test("a batch takes texts of several requests, in their order, until its budget is used up")
    func filling() {
      var waiting = Waiting()
      for lengths in [[5, 4], [3], [6, 2]] { waiting.add(Self.request(lengths), isLarge: false) }
      #expect(waiting.texts == 5 && waiting.tokens == 20)
      #expect(Self.batch(&waiting, budget: 12) == [[5, 4], [3]])
      #expect(waiting.texts == 2 && waiting.tokens == 8)
      #expect(Self.batch(&waiting, budget: 7) == [[6]])
      #expect(Self.batch(&waiting, budget: 7) == [[2]])
      #expect(Self.batch(&waiting, budget: 7).isEmpty)
      #expect(waiting.texts == 0 && waiting.tokens == 0)
    }

    @Test("a text larger than the budget goes alone")
    func oversized() {
      var waiting = Waiting()
      waiting.add(Self.request([50]), isLarge: false)
      waiting.add(Self.request([1]), isLarge: false)
      #expect(Self.batch(&waiting, budget: 8) == [[50]])
      #expect(Self.batch(&waiting, budget: 8) == [[1]])
    }

    @Test("texts without tokens take room, so that no batch is endless")
    func empty() {
      var waiting = Waiting()
      waiting.add(Self.request([Int](repeating: 0, count: 10)), isLarge: false)
      #expect(Self.batch(&waiting, budget: 4) == [[0, 0, 0, 0]])
    }

    @Test("a request without texts does not wait")
    func noTexts() {
      var waiting = Waiting()
      waiting.add(Self.request([]), isLarge: false)
      #expect(waiting.texts == 0 && Self.batch(&waiting, budget: 4).isEmpty)
    }

    @Test("requests that are computed another way wait for a batch of their own")
    func variants() {
      var waiting = Waiting()
      waiting.add(Self.request([1], variant: 1), isLarge: false)
      waiting.add(Self.request([2], variant: 2), isLarge: false)
      waiting.add(Self.request([3], variant: 1), isLarge: false)
      #expect(Self.batch(&waiting, budget: 100) == [[1], [3]])
      #expect(Self.batch(&waiting, budget: 100) == [[2]])
    }

    @Test("short requests overtake large ones, of which every fourth batch begins with one")
    func overtaking() {
      var waiting = Waiting()
      waiting.add(Self.request([Int](repeating: 10, count: 100)), isLarge: true)
      for _ in 0..<8 { waiting.add(Self.request([7]), isLarge: false) }
      let firsts = (0..<5).map { _ in Self.batch(&waiting, budget: 7).first?.first ?? 0 }
      #expect(firsts == [7, 7, 7, 10, 7])
    }

    @Test("what short requests leave of a batch is filled with large ones")
    func mixing() {
      var waiting = Waiting()
      waiting.add(Self.request([10, 10]), isLarge: true)
      waiting.add(Self.request([5]), isLarge: false)
      #expect(Self.batch(&waiting, budget: 16) == [[5], [10]])
    }

    @Test("large requests take turns")
    func turns() {
      var waiting = Waiting()
      for length in [10, 11] { waiting.add(Self.request([Int](repeating: length, count: 3)), isLarge: true) }
      let batches = (0..<6).map { _ in Self.batch(&waiting, budget: 11).first ?? [] }
      #expect(batches == [[10], [11], [10], [11], [10], [11]])
    }

    @Test("requests that are late or over are left out, and the late ones reported")
    func leaving() {
      var waiting = Waiting()
      let (late, over, wanted) = (
        Self.request([1], deadline: .now - .seconds(1)), Self.request([2]), Self.request([3])
      )
      for request in [late, over, wanted] { waiting.add(request, isLarge: false) }
      over.fail(CancellationError())
      var expired: [Request] = []
      let parts = waiting.take(budget: 100, now: .now) { expired.append($0) }
      #expect(parts.count == 1 && parts[0].request === wanted)
      #expect(expired.count == 1 && expired[0] === late)
      #expect(waiting.texts == 0 && waiting.tokens == 0)
    }

    @Test("all can be sent away")
    func removing() {
      var waiting = Waiting()
      waiting.add(Self.request([1]), isLarge: true)
      waiting.add(Self.request([2, 3]), isLarge: false)
      #expect(waiting.removeAll().count == 2)
      #expect(waiting.texts == 0 && waiting.tokens == 0)
    }

    @Test("every text is taken once, and no batch is over its budget but for a single text", arguments: 0..<50)
    func anything(_ seed: UInt64) {
      var numbers = SeededGenerator(seed: seed)
      var waiting = Waiting()
      var requests: [Request] = []
      var taken: [ObjectIdentifier: [Int]] = [:]
      var left = 200
      while left > 0 || waiting.texts > 0 {
        if left > 0, Bool.random(using: &numbers) {
          let lengths = (0..<Int.random(in: 1...12, using: &numbers)).map { _ in Int.random(in: 0...40, using: &numbers)
          }
          let request = Self.request(lengths, variant: Int.random(in: 0...2, using: &numbers))
          requests.append(request)
          waiting.add(request, isLarge: lengths.reduce(0, +) > 100)
          left -= 1
        }
        let budget = Int.random(in: 1...128, using: &numbers)
        let parts = waiting.take(budget: budget, now: .now) { _ in Issue.record("nothing expires") }
        #expect(Set(parts.map(\.request.variant)).count <= 1)
        let lengths = parts.flatMap { part in part.texts.map { part.request.tokens.range($0).count } }
        #expect(lengths.count == 1 || lengths.reduce(0, +) <= budget)
        for part in parts { taken[ObjectIdentifier(part.request), default: []] += Array(part.texts) }
      }
      for request in requests { #expect(taken[ObjectIdentifier(request)] == Array(0..<request.tokens.count)) }
      #expect(waiting.tokens == 0)
    }
  }
#endif
