#if Server
  internal import NIOCore
  internal import NIOPosix

  /// The clients of one event loop.
  ///
  /// Everything happens on that loop.
  final class LoadWorker {
    let plan: LoadPlan
    /// What was seen so far.
    var report = LoadReport()

    private let loop: any EventLoop
    private let counters: LoadCounters
    private let ending: EventLoopPromise<LoadReport>
    /// Clients without a request.
    private var idle: [LoadConnection] = []
    private var open: [ObjectIdentifier: LoadConnection] = [:]
    /// Clients that have a connection or are about to have one.
    private var clients = 0
    /// Nanoseconds; `nil` until the load begins.
    private var begin: Int?
    private var last = 0
    private var arrivals: ArrivalTimes?
    /// When the next request is due, in nanoseconds after the begin, where arrivals decide.
    private var due = 0
    private var isExhausted = false
    private var isOver = false
    /// Clients whose connections ended before the begin.
    private var lost = 0
    private var failuresInARow = 0
    private var watch: RepeatedTask?
    private var alarm: Scheduled<Void>?

    /// After so many connections in a row that could not be made a client gives up.
    private static var mostFailures: Int { 20 }

    init(
      _ plan: LoadPlan, share: Int, of shares: Int, counters: LoadCounters, loop: any EventLoop,
      ending: EventLoopPromise<LoadReport>
    ) {
      (self.plan, self.counters, self.loop, self.ending) = (plan, counters, loop, ending)
      arrivals = plan.rate.map { ArrivalTimes(rate: $0 / Double(shares), seed: plan.seed &+ UInt64(share)) }
    }

    private static var now: Int { Int(NIODeadline.now().uptimeNanoseconds) }

    /// The request of a number.
    func request(_ number: Int) -> LoadRequests.Request {
      plan.requests.requests[number % plan.requests.count]
    }

    // MARK: - The course of a load

    /// Makes a connection; it waits for the begin.
    func connect() -> EventLoopFuture<Void> {
      clients += 1
      let worker = NIOLoopBound(self, eventLoop: loop)
      let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(10)).channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(LoadConnection(worker.value))
        }
      }
      let channel =
        switch plan.target.address {
        case .network(let host, let port): bootstrap.connect(host: host, port: port)
        case .file(let path): bootstrap.connect(unixDomainSocketPath: path)
        }
      return channel.map { _ in }.flatMapErrorThrowing { error in
        worker.value.clients -= 1
        throw error
      }
    }

    /// Sends the first requests.
    func start() {
      begin = Self.now
      last = Self.now
      due = arrivals?.next() ?? 0
      if case .duration(let duration) = plan.end {
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(duration / .nanoseconds(1)))) { self.exhaust() }
      }
      let worker = NIOLoopBound(self, eventLoop: loop)
      watch = loop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) { _ in
        worker.value.look()
      }
      let waiting = idle
      idle = []
      for client in waiting { goOn(client) }
      for _ in 0..<lost { reconnect() }
    }

    /// Ends before it began.
    func abandon() {
      begin = Self.now
      last = Self.now
      exhaust()
      endIfDone()
    }

    /// Gives a client its next request, or lets it wait, or ends it.
    func goOn(_ client: LoadConnection) {
      guard let begin else { return idle.append(client) }
      guard !isExhausted else { return client.close() }
      let now = Self.now
      guard arrivals != nil else { return send(client, due: now, now) }
      guard begin + due <= now else {
        idle.append(client)
        return arm()
      }
      let time = begin + due
      due = arrivals?.next() ?? .max
      send(client, due: time, now)
    }

    private func send(_ client: LoadConnection, due: Int, _ now: Int) {
      guard let number = counters.take() else {
        client.close()
        return exhaust()
      }
      client.send(.init(number: number, due: due, sent: now))
    }

    /// Wakes an idle client when the next request is due.
    private func arm() {
      guard alarm == nil, let begin, !idle.isEmpty else { return }
      let time = NIODeadline.uptimeNanoseconds(UInt64(begin) + UInt64(min(due, 1 << 61)))
      alarm = loop.assumeIsolated().scheduleTask(deadline: time) {
        self.alarm = nil
        // The clock is read again, so that several that are due go out together.
        while let begin = self.begin, !self.isExhausted, begin + self.due <= Self.now, let client = self.idle.popLast()
        {
          self.goOn(client)
        }
        self.arm()
      }
    }

    /// There is no further request.
    private func exhaust() {
      guard !isExhausted else { return }
      isExhausted = true
      if case .duration(let duration) = plan.end, !counters.isStopped {
        while arrivals != nil, due <= Int(duration / .nanoseconds(1)) {
          report.unsent += 1
          due = arrivals?.next() ?? .max
        }
      }
      let waiting = idle
      idle = []
      for client in waiting { client.close() }
    }

    /// Now and then: whether to stop, and who waits for too long.
    private func look() {
      if counters.isStopped {
        exhaust()
        for client in open.values { client.close() }
      }
      let oldest = Self.now - Int(plan.patience / .nanoseconds(1))
      for client in open.values {
        if let flight = client.flight, flight.sent < oldest { client.end(.timeout) }
      }
    }

    private func endIfDone() {
      guard !isOver, isExhausted, clients == 0, let begin else { return }
      isOver = true
      watch?.cancel()
      alarm?.cancel()
      report.duration = .nanoseconds(last - begin)
      ending.succeed(report)
    }

    // MARK: - What clients tell

    func connected(_ client: LoadConnection) {
      open[ObjectIdentifier(client)] = client
      failuresInARow = 0
      goOn(client)
    }

    func disconnected(_ client: LoadConnection) {
      open[ObjectIdentifier(client)] = nil
      idle.removeAll { $0 === client }
      clients -= 1
      if begin == nil {
        lost += 1
      } else if isExhausted {
        endIfDone()
      } else {
        reconnect()
      }
    }

    /// Counts a request that will have no answer.
    func failed(_ failure: LoadReport.Failure) {
      note(failure)
      last = Self.now
      counters.finish()
    }

    /// Counts what went wrong beside requests.
    func note(_ failure: LoadReport.Failure) { report.failures[failure, default: 0] += 1 }

    func note(refusal: String) {
      if report.firstRefusal == nil { report.firstRefusal = refusal }
    }

    /// Counts an answer.
    func take(_ answer: AnswerReader.Answer, _ flight: LoadConnection.Flight) {
      last = Self.now
      counters.finish()
      report.bytesReceived += answer.bytes
      report.statuses[answer.status, default: 0] += 1
      guard 200..<300 ~= answer.status else {
        if report.firstRefusal == nil {
          note(refusal: "\(answer.status): \(String(buffer: answer.body))")
        }
        return
      }
      report.succeeded += 1
      report.latencies.note(last - flight.due)
      let texts = request(flight.number).texts
      report.texts += texts.count
      report.tokens += answer.tokens ?? answer.body.usage ?? 0
      if let check = plan.check { self.check(answer, texts, flight, check) }
    }

    private func check(
      _ answer: AnswerReader.Answer, _ texts: [Int], _ flight: LoadConnection.Flight, _ check: AnswerCheck
    ) {
      report.checked += 1
      do throws(AnswerCheck.Mistake) {
        if let id = answer.requestID, id != LoadConnection.mark(flight.number) {
          throw AnswerCheck.Mistake("the answer of another request came: \(id)")
        }
        report.largestDifference = max(report.largestDifference, try check.difference(of: answer.body, from: texts))
      } catch {
        report.wrong += 1
        if report.firstMistake == nil { report.firstMistake = "request \(flight.number): \(error)" }
      }
    }

    /// Makes a connection in place of one that ended.
    private func reconnect() {
      connect().assumeIsolated().whenFailure { _ in
        self.failuresInARow += 1
        self.note(.connect)
        guard !self.isExhausted, self.failuresInARow < Self.mostFailures else {
          if self.clients == 0 { self.exhaust() }
          return self.endIfDone()
        }
        // The client is still there, it only waits.
        self.clients += 1
        let pause = TimeAmount.milliseconds(10 << Int64(min(self.failuresInARow, 6)))
        self.loop.assumeIsolated().scheduleTask(in: pause) {
          self.clients -= 1
          if self.isExhausted { self.endIfDone() } else { self.reconnect() }
        }
      }
    }
  }

  extension ByteBuffer {
    /// The number behind the last `"prompt_tokens":`, as OpenAI's dialect gives it.
    fileprivate var usage: Int? {
      let key = Array("\"prompt_tokens\":".utf8)
      let bytes = Array(readableBytesView.suffix(256))
      guard bytes.count > key.count else { return nil }
      for start in stride(from: bytes.count - key.count, through: 0, by: -1)
      where bytes[start] == key[0] && bytes[start..<start + key.count].elementsEqual(key) {
        let digits = bytes[(start + key.count)...].drop { $0 == UInt8(ascii: " ") }.prefix { 0x30...0x39 ~= $0 }
        return Int(String(decoding: digits, as: UTF8.self))
      }
      return nil
    }
  }
#endif
