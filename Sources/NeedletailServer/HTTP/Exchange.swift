#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import Logging
  internal import NIOCore
  internal import NIOHTTP1
  internal import NIOHTTPTypes
  internal import NeedletailJSON
  internal import Synchronization

  /// One request, and what is noted about its answer on the way.
  final class Exchange: Sendable {
    struct Notes: Sendable {
      /// All that was computed, whichever models did it.
      var work = Work()
      /// The one that was asked last.
      var model: String?
      /// Whether anything was computed.
      var hasComputed = false
    }

    let request: Request
    let parameters: Parameters
    let service: Service
    let arrival: ContinuousClock.Instant
    /// When the client no longer wants an answer.
    let deadline: ContinuousClock.Instant
    /// Who asked, for work that ends where nobody waits any more.
    let client: ClientPresence?
    let id: String
    let trace: TraceContext?
    private let state = Mutex(Notes())

    init(
      _ request: Request, _ parameters: Parameters, _ service: Service, arrival: ContinuousClock.Instant,
      deadline: ContinuousClock.Instant, client: ClientPresence?, id: String, trace: TraceContext?
    ) {
      (self.request, self.parameters, self.service) = (request, parameters, service)
      (self.arrival, self.deadline, self.client) = (arrival, deadline, client)
      (self.id, self.trace) = (id, trace)
    }

    var notes: Notes { state.withLock { $0 } }

    @discardableResult
    func note<Result>(_ change: (inout Notes) -> sending Result) -> sending Result { state.withLock { change(&$0) } }

    /// The body as JSON.
    ///
    /// - Throws: ``ServerError`` with code `.malformed`, `.tooLarge`, `.unsupportedMedia` or `.overloaded`.
    func json() async throws -> JSON {
      let bytes = try await body()
      do {
        return try JSONDocument(parsing: bytes, subject: "body", maximumDepth: 64).root
      } catch {
        throw ServerError(error)
      }
    }

    /// The body's bytes.
    func body() async throws -> [UInt8] {
      let limit = service.configuration.maximumBody
      if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
        throw ServerError(
          .unsupportedMedia, "compressed bodies are not read; send it without Content-Encoding \(encoding)")
      }
      func tooLarge(_ count: String) -> ServerError {
        ServerError(.tooLarge, "the body has \(count) bytes; the limit is \(limit)")
      }
      let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
      guard announced <= limit else { throw tooLarge("\(announced)") }
      var room = try service.bodies.reserve(announced)
      defer { service.bodies.free(room) }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(announced)
      var parts = request.body.makeAsyncIterator()
      while true {
        let next: ByteBuffer?
        do { next = try await parts.next() } catch let error as HTTPParserError {
          throw error
        } catch {
          throw ServerError(.cancelled, "the client went away in the middle of its body", cause: error)
        }
        guard let part = next else { break }
        guard bytes.count + part.readableBytes <= limit else { throw tooLarge("more than \(limit)") }
        if bytes.count + part.readableBytes > room { room += try service.bodies.reserve(part.readableBytes) }
        bytes.append(contentsOf: part.readableBytesView)
      }
      if service.configuration.logsInputs {
        service.logger.info("input", metadata: ["id": "\(id)", "body": "\(String(decoding: bytes, as: UTF8.self))"])
      }
      return bytes
    }

    /// A part of the path, percent-decoded.
    func parameter(_ name: String) throws -> String {
      guard let value = parameters.get(name).flatMap({ PercentEncoding.decoded($0) }) else {
        throw ServerError(.notFound, "the path names no \(name)")
      }
      return value
    }

    /// A parameter of the query that is a whole number.
    func integer(_ name: String, in range: ClosedRange<Int>, default value: Int) throws -> Int {
      guard let text = request.uri.queryParameters.get(name) else { return value }
      guard let number = Int(text), range.contains(number) else {
        throw ServerError(
          .malformed, "should be a whole number from \(range.lowerBound) to \(range.upperBound), found \"\(text)\"",
          parameter: name)
      }
      return number
    }
  }
#endif
