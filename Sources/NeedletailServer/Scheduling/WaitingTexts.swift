#if Server
  internal import DequeModule
  internal import NeedletailTokenizers

  /// The texts that wait for a batch: those of short requests before those of large ones.
  ///
  /// A value without locks; ``EncodingQueue`` guards it.
  package struct WaitingTexts<Variant: Hashable & Sendable, Row: Sendable> {
    package typealias Request = EncodingRequest<Variant, Row>

    /// Texts of one request in a batch.
    package struct Part {
      package let request: Request
      package let texts: Range<Int>
    }

    private var short = WaitingLine<Variant, Row>(takesTurns: false)
    private var large = WaitingLine<Variant, Row>(takesTurns: true)
    /// Batches of short requests while large ones waited.
    private var passedOver = 0

    /// Nobody waits.
    package init() {}

    /// Of so many batches one begins with large requests where both wait, so that these are never stopped altogether.
    private static var turns: Int { 4 }

    package var tokens: Int { short.tokens + large.tokens }
    package var texts: Int { short.texts + large.texts }

    /// Adds a request.
    ///
    /// - Parameter isLarge: Whether short requests overtake it.
    package mutating func add(_ request: Request, isLarge: Bool) {
      if isLarge { large.add(request) } else { short.add(request) }
    }

    /// Takes texts for a batch: at least one text, and so many as fit into a number of tokens; none where none wait.
    ///
    /// Requests that are over, or whose deadline has passed, are left out.
    ///
    /// - Parameter expired: Called for a request whose deadline has passed.
    package mutating func take(budget: Int, now: ContinuousClock.Instant, expired: (Request) -> Void) -> [Part] {
      if short.texts > 0, large.texts > 0 { passedOver += 1 }
      let largeFirst = short.texts == 0 || passedOver >= Self.turns
      if largeFirst { passedOver = 0 }
      var parts: [Part] = []
      var left = budget
      if largeFirst { large.fill(&parts, &left, now, expired) }
      short.fill(&parts, &left, now, expired)
      if !largeFirst { large.fill(&parts, &left, now, expired) }
      return parts
    }

    /// Takes all requests out.
    package mutating func removeAll() -> [Request] { short.removeAll() + large.removeAll() }
  }

  /// Requests of one kind that wait, in the order of their arrival, or in turns.
  struct WaitingLine<Variant: Hashable & Sendable, Row: Sendable> {
    typealias Request = EncodingRequest<Variant, Row>
    typealias Part = WaitingTexts<Variant, Row>.Part

    /// A request and the first of its texts that no batch has.
    private struct Entry {
      let request: Request
      var next = 0
    }

    /// Whether a request goes to the end of the line after each batch.
    let takesTurns: Bool
    private var entries: Deque<Entry> = []
    private(set) var tokens = 0
    private(set) var texts = 0

    /// Requests of other variants that one batch passes over at most.
    private static var mostPassedOver: Int { 64 }

    init(takesTurns: Bool) { self.takesTurns = takesTurns }

    mutating func add(_ request: Request) {
      guard request.tokens.count > 0 else { return }
      tokens += request.tokens.ids.count
      texts += request.tokens.count
      entries.append(Entry(request: request))
    }

    /// Adds texts of the batch's variant to it until its room is used up.
    mutating func fill(
      _ parts: inout [Part], _ left: inout Int, _ now: ContinuousClock.Instant, _ expired: (Request) -> Void
    ) {
      var others: [Entry] = []
      while left > 0 || parts.isEmpty, others.count < Self.mostPassedOver, var entry = entries.popFirst() {
        let request = entry.request
        if request.isOver || request.deadline <= now {
          count(entry.next..<request.tokens.count, of: request)
          if !request.isOver { expired(request) }
          continue
        }
        guard parts.first.map({ $0.request.variant == request.variant }) ?? true else {
          others.append(entry)
          continue
        }
        let first = entry.next
        while entry.next < request.tokens.count {
          let length = max(1, request.tokens.range(entry.next).count)
          guard length <= left || (parts.isEmpty && entry.next == first) else { break }
          left -= length
          entry.next += 1
        }
        if entry.next > first {
          parts.append(Part(request: request, texts: first..<entry.next))
          count(first..<entry.next, of: request)
        }
        if entry.next < request.tokens.count {
          if takesTurns, entry.next > first { entries.append(entry) } else { entries.prepend(entry) }
          break
        }
      }
      for entry in others.reversed() { entries.prepend(entry) }
    }

    /// Notes that texts of a request wait no longer.
    private mutating func count(_ leaving: Range<Int>, of request: Request) {
      tokens -= request.tokens.starts[leaving.upperBound] - request.tokens.starts[leaving.lowerBound]
      texts -= leaving.count
    }

    mutating func removeAll() -> [Request] {
      defer { self = WaitingLine(takesTurns: takesTurns) }
      return entries.map(\.request)
    }
  }
#endif
