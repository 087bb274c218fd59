/// How long to wait before a request is sent again, and how often that is worth it.
package struct Backoff: Sendable {
  /// How many failures in a row are one too many.
  let limit: Int
  /// The middle of the first wait; each further one is twice as long.
  let first: Duration
  /// The longest wait that is chosen freely.
  let longest: Duration
  /// The longest wait that the hub may ask for.
  let longestOnRequest: Duration
  /// What waits; tests put a clock in here that does not.
  let sleep: @Sendable (Duration) async throws -> Void

  /// Five attempts, waiting about 1, 2, 4 and 8 seconds, or what the hub asks for if that is at most five minutes.
  package static let standard = Backoff { try await Task.sleep(for: $0) }

  /// Told about every wait before it begins.
  var remark: (@Sendable (PullDelay) -> Void)?

  package init(
    limit: Int = 5, first: Duration = .seconds(1), longest: Duration = .seconds(30),
    longestOnRequest: Duration = .seconds(300), sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.limit = limit
    self.first = first
    self.longest = longest
    self.longestOnRequest = longestOnRequest
    self.sleep = sleep
  }

  /// Waits before another attempt.
  ///
  /// - Parameter failures: How many attempts have failed in a row, from 1.
  /// - Throws: The passing error's own error once that is one too many or the hub asks for too long a wait.
  func wait(after failure: PassingError, failures: Int) async throws {
    guard failures < limit else { throw failure.error.after(attempts: failures) }
    if let asked = failure.retryAfter, asked > longestOnRequest { throw failure.error }
    let doubled = min(first * Double(1 << min(failures - 1, 20)), longest)
    let chosen = doubled * Double.random(in: 0.5...1.5)
    let duration = max(failure.retryAfter ?? .zero, chosen)
    remark?(PullDelay(reason: failure.error, duration: duration))
    try await sleep(duration)
  }

  /// Runs `body` until it succeeds, fails for good, or has failed too often.
  func retrying<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
    var failures = 0
    while true {
      do {
        return try await body()
      } catch let failure as PassingError {
        failures += 1
        try await wait(after: failure, failures: failures)
      }
    }
  }
}

/// A failure that may be gone at the next attempt.
struct PassingError: Error {
  /// What is reported once the attempts are used up.
  let error: HubError
  /// How long the hub asks to be left alone.
  var retryAfter: Duration?
}

/// A wait before a request is sent again, because the hub was busy or the connection failed.
public struct PullDelay: Sendable {
  /// What went wrong.
  public let reason: HubError
  /// How long the wait is.
  public let duration: Duration
}

extension HubError {
  /// The same error, saying how often it was tried.
  fileprivate func after(attempts: Int) -> HubError {
    HubError(code, subject, "\(message); tried \(attempts) times", cause: cause)
  }
}
