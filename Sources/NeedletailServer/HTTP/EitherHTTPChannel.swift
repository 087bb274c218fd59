#if Server
  package import HummingbirdCore
  package import HummingbirdHTTP2
  package import Logging
  package import NIOCore
  internal import NIOHTTPTypes

  /// Connections that speak HTTP/1.1 or HTTP/2, which their first bytes tell.
  ///
  /// The same below TLS and without it, where clients of gRPC begin with HTTP/2 at once.
  package struct EitherHTTPChannel: HTTPChannelHandler {
    /// What a connection turned out to speak.
    package enum Spoken: Sendable {
      case http1(HTTP1Channel.Value)
      case http2(HTTP2Channel.Value)
    }

    package struct Value: ServerChildChannelValue {
      package let channel: any Channel
      let spoken: EventLoopFuture<Spoken>
    }

    package let responder: Responder
    private let http1: HTTP1Channel
    private let http2: HTTP2Channel
    private let firstBytesTimeout: TimeAmount

    package init(
      responder: @escaping Responder, http1: HTTP1Channel.Configuration, http2: HTTP2ChannelConfiguration,
      firstBytesTimeout: TimeAmount
    ) {
      self.responder = responder
      self.http1 = HTTP1Channel(responder: responder, configuration: http1)
      self.http2 = HTTP2Channel(responder: responder, configuration: http2)
      self.firstBytesTimeout = firstBytesTimeout
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
      channel.eventLoop.makeCompletedFuture {
        let promise = channel.eventLoop.makePromise(of: Spoken.self)
        let detector = ProtocolDetector(timeout: firstBytesTimeout, promise: promise) { isHTTP2 in
          guard isHTTP2 else { return http1.setup(channel: channel, logger: logger).map { .http1($0) } }
          return http2.setup(channel: channel, logger: logger).flatMapThrowing { connection in
            try PingFilter.put(on: channel)
            return .http2(connection)
          }
        }
        try channel.pipeline.syncOperations.addHandler(detector)
        return Value(channel: channel, spoken: promise.futureResult)
      }
    }

    package func handle(value: Value, logger: Logger) async {
      do {
        switch try await value.spoken.get() {
        case .http1(let connection):
          await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await http1.handle(value: connection, logger: logger)
          }
        case .http2(let connection): await http2.handle(value: connection, logger: logger)
        }
      } catch {
        logger.debug("a connection ended before its first request: \(error)")
      }
    }
  }

  /// Holds back the first bytes of a connection until they show what it speaks.
  private final class ProtocolDetector: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private struct NeverSpoke: Error {}

    /// RFC 9113, section 3.4.
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private let timeout: TimeAmount
    private let promise: EventLoopPromise<EitherHTTPChannel.Spoken>
    private let configure: (_ isHTTP2: Bool) -> EventLoopFuture<EitherHTTPChannel.Spoken>
    private var seen = ByteBuffer()
    private var scheduled: Scheduled<Void>?
    private var isDecided = false

    init(
      timeout: TimeAmount, promise: EventLoopPromise<EitherHTTPChannel.Spoken>,
      configure: @escaping (_ isHTTP2: Bool) -> EventLoopFuture<EitherHTTPChannel.Spoken>
    ) {
      (self.timeout, self.promise, self.configure) = (timeout, promise, configure)
    }

    func handlerAdded(context: ChannelHandlerContext) {
      let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
      scheduled = context.eventLoop.scheduleTask(in: timeout) { loopBound.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
      scheduled?.cancel()
      if !isDecided { promise.fail(NeverSpoke()) }
    }

    func channelInactive(context: ChannelHandlerContext) {
      scheduled?.cancel()
      if !isDecided {
        isDecided = true
        promise.fail(NeverSpoke())
      }
      context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if !isDecided, case .some(.inputClosed) = event as? ChannelEvent { return context.close(promise: nil) }
      context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var bytes = unwrapInboundIn(data)
      seen.writeBuffer(&bytes)
      guard !isDecided else { return }
      let compared = min(seen.readableBytes, Self.preface.count)
      let agrees = seen.readableBytesView.prefix(compared).elementsEqual(Self.preface.prefix(compared))
      if agrees, compared < Self.preface.count { return }
      isDecided = true
      scheduled?.cancel()
      let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
      let detector = NIOLoopBound(self, eventLoop: context.eventLoop)
      configure(agrees).whenComplete { result in
        let context = loopBound.value
        switch result {
        case .success(let spoken):
          detector.value.promise.succeed(spoken)
          context.fireChannelRead(detector.value.wrapInboundOut(detector.value.seen))
          context.fireChannelReadComplete()
          context.pipeline.syncOperations.removeHandler(detector.value, promise: nil)
        case .failure(let error):
          detector.value.promise.fail(error)
          context.close(promise: nil)
        }
      }
    }
  }
#endif
