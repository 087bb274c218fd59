#if Server
  /// What a load is: to whom, how much at a time, how long.
  package struct LoadPlan: Sendable {
    /// When a load is over.
    package enum End: Sendable {
      case requests(Int)
      case duration(Duration)
    }

    package let target: LoadTarget
    /// Sent in their order, over and over.
    package let requests: LoadRequests
    package let end: End
    /// Connections, each with one request at a time.
    package var clients = 64
    /// Requests a second on average, whether answers come or not; `nil` sends the next as soon as a client has its
    /// answer.
    package var rate: Double?
    package var seed: UInt64 = 0
    /// How long an answer may take.
    package var patience = Duration.seconds(60)
    /// Threads that send and receive.
    package var threads = 1
    /// What answers should be; `nil` does not look at them.
    package var check: AnswerCheck?

    package init(to target: LoadTarget, _ requests: LoadRequests, until end: End) {
      (self.target, self.requests, self.end) = (target, requests, end)
    }
  }
#endif
