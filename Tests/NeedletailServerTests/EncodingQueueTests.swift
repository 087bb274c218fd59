#if Server
  import NeedletailServer
  import NeedletailTensor
  import NeedletailTestSupport
  import NeedletailTokenizers
  import Synchronization
  import Testing

  /// The queue of a model, with a model that adds up token ids.
  @Suite("The queue of texts")
  struct EncodingQueueTests {
    typealias Queue = EncodingQueue<Int, Int>

    /// A text that the model cannot compute.
    private struct Unreadable: Error, Equatable { let id: Int32 }

    /// What a queue did, and the gate that holds batches whose first id is 0.
    private final class Watch: Sendable {
      let gate = Gate()
      private let batches = Mutex<[[Int32]]>([])

      /// The ids of each batch.
      var seen: [[Int32]] { batches.withLock { $0 } }

      func note(_ ids: [Int32]) { batches.withLock { $0.append(ids) } }
    }

    private static var later: ContinuousClock.Instant { .now + .seconds(600) }

    private static func queue(_ watch: Watch, threads: Int = 1, limits: Queue.Limits = .init(), shares: Bool = false)
      -> Queue
    {
      Queue(team: ComputeTeam(threads: threads), limits: limits, sharesSteps: shares, observe: { _ in }) {
        tokens, variant, _, check in
        watch.note(tokens.ids)
        if tokens.ids.first == 0 { watch.gate.pass() }
        try check()
        if let bad = tokens.ids.first(where: { $0 >= 1000 }) { throw Unreadable(id: bad) }
        return (0..<tokens.count).map { text in
          tokens.ids[tokens.range(text)].reduce(0) { $0 + Int($1) } * max(1, variant)
        }
      }
    }

    private static func tokens(_ texts: [[Int32]]) -> PackedTokens {
      var tokens = PackedTokens()
      for text in texts { tokens.append(ids: text) }
      return tokens
    }

    /// Asks for texts beside the test.
    private static func ask(
      _ queue: Queue, _ texts: [[Int32]], deadline: ContinuousClock.Instant = later, client: ClientPresence? = nil
    ) -> Task<[Int], any Error> {
      let tokens = tokens(texts)
      return Task { try await queue.rows(of: tokens, 0, deadline: deadline, client: client).rows }
    }

    /// Asks for a text whose batch stays at the gate, so that all others wait.
    private static func block(_ queue: Queue, _ watch: Watch) async -> Task<[Int], any Error> {
      let task = ask(queue, [[0]])
      await eventually { watch.gate.count == 1 }
      return task
    }

    @Test("rows come in the order of the texts", arguments: [1, 4], [false, true])
    func order(_ threads: Int, _ shares: Bool) async throws {
      let queue = Self.queue(Watch(), threads: threads, limits: .init(batchTokens: 8), shares: shares)
      let texts = (1...100).map { [Int32($0), 1] }
      let answer = try await queue.rows(of: Self.tokens(texts), 3, deadline: Self.later)
      #expect(answer.rows == (1...100).map { ($0 + 1) * 3 })
    }

    @Test("the threads share the steps of a text that finds nobody before it, however long it is", arguments: [4, 40])
    func sharing(_ length: Int) async throws {
      let shared = Mutex(false)
      let queue = Queue(
        team: ComputeTeam(threads: 2), limits: .init(batchTokens: 8), sharesSteps: true, observe: { _ in }
      ) { tokens, _, crew, _ in
        shared.withLock { $0 = crew != nil }
        return [0]
      }
      let text = [Int32](repeating: 1, count: length)
      _ = try await queue.rows(of: Self.tokens([text]), 0, deadline: Self.later)
      #expect(shared.withLock { $0 })
    }

    @Test("no texts, no rows")
    func nothing() async throws {
      let queue = Self.queue(Watch())
      #expect(try await queue.rows(of: PackedTokens(), 0, deadline: Self.later).rows.isEmpty)
    }

    @Test("what came while a batch was computed is one batch together")
    func batching() async throws {
      let watch = Watch()
      let queue = Self.queue(watch)
      let first = await Self.block(queue, watch)
      let others = (1...5).map { Self.ask(queue, [[Int32($0)]]) }
      await eventually { queue.waiting.texts == 5 }
      watch.gate.open()
      #expect(try await first.value == [0])
      for (index, task) in others.enumerated() { #expect(try await task.value == [index + 1]) }
      #expect(watch.seen.count == 2 && watch.seen[1].sorted() == [1, 2, 3, 4, 5])
      #expect(queue.waiting.texts == 0 && queue.waiting.tokens == 0)
    }

    @Test("a text that fails fails alone")
    func failing() async throws {
      let watch = Watch()
      let queue = Self.queue(watch)
      let first = await Self.block(queue, watch)
      let good = [Self.ask(queue, [[1], [2]]), Self.ask(queue, [[3]])]
      let bad = Self.ask(queue, [[4], [1007], [5]])
      await eventually { queue.waiting.texts == 6 }
      watch.gate.open()
      _ = try await first.value
      #expect(try await good[0].value == [1, 2])
      #expect(try await good[1].value == [3])
      await #expect(throws: Unreadable(id: 1007)) { try await bad.value }
      #expect(try await Self.ask(queue, [[9]]).value == [9])
    }

    @Test("who comes too late is not computed")
    func late() async throws {
      let watch = Watch()
      let queue = Self.queue(watch)
      await #expect(throws: DeadlinePassed.self) {
        try await Self.ask(queue, [[1]], deadline: .now - .seconds(1)).value
      }
      let first = await Self.block(queue, watch)
      let deadline = ContinuousClock.now + .milliseconds(200)
      let late = Self.ask(queue, [[7]], deadline: deadline)
      await eventually { ContinuousClock.now > deadline }
      watch.gate.open()
      _ = try await first.value
      await #expect(throws: DeadlinePassed.self) { try await late.value }
      #expect(!watch.seen.contains([7]))
    }

    @Test("who is cancelled leaves at once and is not computed", arguments: [false, true])
    func cancelled(_ byClient: Bool) async throws {
      let watch = Watch()
      let queue = Self.queue(watch)
      let first = await Self.block(queue, watch)
      let client = ClientPresence()
      let leaving = Self.ask(queue, [[7]], client: client)
      let staying = Self.ask(queue, [[8]])
      await eventually { queue.waiting.texts == 2 }
      if byClient { client.leave() } else { leaving.cancel() }
      await #expect(throws: CancellationError.self) { try await leaving.value }
      watch.gate.open()
      #expect(try await first.value == [0])
      #expect(try await staying.value == [8])
      #expect(watch.seen == [[0], [8]])
    }

    @Test("a client that is gone already gets nothing")
    func gone() async throws {
      let client = ClientPresence()
      client.leave()
      let queue = Self.queue(Watch())
      await #expect(throws: CancellationError.self) { try await Self.ask(queue, [[1]], client: client).value }
    }

    @Test("a batch that nobody wants any more stops")
    func stopping() async throws {
      let began = Atomic(false)
      let ended = Atomic(false)
      let queue = EncodingQueue<Int, Int>(team: ComputeTeam(threads: 1), sharesSteps: false, observe: { _ in }) {
        _, _, _, check in
        began.store(true, ordering: .releasing)
        defer { ended.store(true, ordering: .releasing) }
        while true { try check() }
      }
      let tokens = Self.tokens([[1], [2]])
      let task = Task { try await queue.rows(of: tokens, 0, deadline: Self.later) }
      await eventually { began.load(ordering: .acquiring) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      await eventually { ended.load(ordering: .acquiring) }
    }

    @Test("who comes while too much waits is sent away, and told when to come again")
    func overload() async throws {
      let watch = Watch()
      let queue = Self.queue(watch, limits: .init(batchTokens: 64, waitingTokens: 10))
      let first = await Self.block(queue, watch)
      // The first that waits always fits.
      let waiting = Self.ask(queue, [[Int32](repeating: 1, count: 40)])
      await eventually { queue.waiting.texts == 1 }
      let refused = Self.ask(queue, [[1]])
      let error = await #expect(throws: Queue.Overloaded.self) { try await refused.value }
      #expect(try #require(error).retryAfter > .zero)
      watch.gate.open()
      _ = try await first.value
      #expect(try await waiting.value == [40])
      #expect(try await Self.ask(queue, [[1]]).value == [1])
    }

    @Test("a short request overtakes a large one")
    func overtaking() async throws {
      let watch = Watch()
      let queue = Self.queue(watch, limits: .init(batchTokens: 4))
      let first = await Self.block(queue, watch)
      let large = Self.ask(queue, [[Int32]](repeating: [1, 1], count: 20))
      await eventually { queue.waiting.texts == 20 }
      let short = Self.ask(queue, [[9, 9]])
      await eventually { queue.waiting.texts == 21 }
      watch.gate.open()
      _ = try await first.value
      #expect(try await short.value == [18])
      #expect(try await large.value == [Int](repeating: 2, count: 20))
      #expect(watch.seen[1].contains(9))
    }

    @Test("every caller gets its own rows, whoever else asks, fails or leaves", arguments: [1, 4])
    func crowd(_ threads: Int) async throws {
      let queue = Self.queue(Watch(), threads: threads, limits: .init(batchTokens: 32))
      await withTaskGroup(of: Void.self) { group in
        for caller in 0..<200 {
          group.addTask {
            var numbers = SeededGenerator(seed: UInt64(caller))
            let texts = (0..<Int.random(in: 1...8, using: &numbers)).map { _ in
              (0..<Int.random(in: 1...20, using: &numbers)).map { _ in Int32.random(in: 1..<1000, using: &numbers) }
            }
            let fails = caller % 7 == 0
            let task = Self.ask(queue, fails ? texts + [[2000 + Int32(caller)]] : texts)
            if caller % 11 == 3 { task.cancel() }
            let rows = texts.map { $0.reduce(0) { $0 + Int($1) } }
            switch await task.result {
            case .success(let found): #expect(!fails && found == rows)
            case .failure(let error):
              let isOwn = (error as? Unreadable)?.id == 2000 + Int32(caller)
              #expect((fails && isOwn) || (caller % 11 == 3 && error is CancellationError), "\(error)")
            }
          }
        }
      }
      // Whoever left may still be taken out of the line.
      #expect(try await Self.ask(queue, [[5]]).value == [5])
    }
  }
#endif
