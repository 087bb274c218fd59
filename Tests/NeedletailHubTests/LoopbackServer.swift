import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// What a test server was asked.
struct Request: Sendable {
  let method: String
  let path: String
  let query: String
  let headers: HTTPHeaders

  /// The first byte of a `Range: bytes=N-`.
  var rangeStart: Int? {
    guard let range = headers.first(name: "Range"), range.hasPrefix("bytes="), range.hasSuffix("-") else { return nil }
    return Int(range.dropFirst(6).dropLast())
  }
}

/// What a test server answers.
struct Reply: Sendable {
  var status: HTTPResponseStatus = .ok
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// Content-Length where it is not the body's length.
  var announcedLength: Int?
  /// After how many bytes of the body the connection is cut.
  var cutAfter: Int?
  /// Whether zeros follow for as long as anyone reads.
  var isEndless = false

  static func error(
    _ status: HTTPResponseStatus, code: String? = nil, headers: [(name: String, value: String)] = []
  ) -> Reply {
    Reply(status: status, headers: (code.map { [("X-Error-Code", $0)] } ?? []) + headers, body: Array("{}".utf8))
  }
}

/// An HTTP server on 127.0.0.1 and a port of the system's choice.
final class LoopbackServer: Sendable {
  let port: Int
  private let channel: any Channel
  private let log = RequestLog()

  /// Everything asked so far, in order.
  var requests: [Request] { log.all }
  var address: String { "http://127.0.0.1:\(port)" }

  init(_ answer: @escaping @Sendable (Request) -> Reply) async throws {
    let log = log
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
          try channel.pipeline.syncOperations.addHandler(AnswerHandler(answer, log))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress?.port ?? 0
  }

  func stop() async { try? await channel.close() }
}

/// The requests of all connections of one server.
final class RequestLog: Sendable {
  private let requests = Mutex<[Request]>([])
  var all: [Request] { requests.withLock { $0 } }
  func append(_ request: Request) { requests.withLock { $0.append(request) } }
}

private final class AnswerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let answer: @Sendable (Request) -> Reply
  private let log: RequestLog
  private var request: Request?

  init(_ answer: @escaping @Sendable (Request) -> Reply, _ log: RequestLog) {
    self.answer = answer
    self.log = log
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      let parts = head.uri.split(separator: "?", maxSplits: 1)
      request = Request(
        method: head.method.rawValue, path: parts.first.map(String.init) ?? "",
        query: parts.count > 1 ? String(parts[1]) : "", headers: head.headers)
    case .body: break
    case .end:
      guard let request else { return }
      log.append(request)
      write(answer(request), isHead: request.method == "HEAD", context)
    }
  }

  private func write(_ reply: Reply, isHead: Bool, _ context: ChannelHandlerContext) {
    var headers = HTTPHeaders(reply.headers.map { ($0.name, $0.value) })
    if reply.isEndless {
      headers.add(name: "Transfer-Encoding", value: "chunked")
    } else if !headers.contains(name: "Content-Length") {
      headers.add(name: "Content-Length", value: String(reply.announcedLength ?? reply.body.count))
    }
    let head = HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let bytes = isHead ? [] : Array(reply.body.prefix(reply.cutAfter ?? .max))
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
    if reply.isEndless, !isHead {
      writeZeros(context)
    } else if reply.cutAfter != nil, !isHead {
      let done = context.eventLoop.makePromise(of: Void.self)
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      done.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: done)
    } else {
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
  }

  private func writeZeros(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let done = context.eventLoop.makePromise(of: Void.self)
    done.futureResult.whenSuccess { bound.value.0.writeZeros(bound.value.1) }
    let zeros = ByteBuffer(repeating: 0x20, count: 1 << 20)
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(zeros))), promise: done)
  }
}
