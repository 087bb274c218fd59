#if Server
  internal import HTTPTypes
  internal import NIOCore
  internal import NIOHTTPTypes
  internal import Synchronization

  /// Who is told when the client of a connection goes away.
  package final class ClientPresence: Sendable {
    private struct State {
      var isGone = false
      var next = 0
      var listeners: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Calls `body` once the client is gone, at once where it is.
    ///
    /// - Returns: What ``forget(_:)`` takes.
    package func whenGone(_ body: @escaping @Sendable () -> Void) -> Int {
      let (number, isGone) = state.withLock { state in
        state.next += 1
        if !state.isGone { state.listeners[state.next] = body }
        return (state.next, state.isGone)
      }
      if isGone { body() }
      return number
    }

    package func forget(_ number: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: number) } }

    package func leave() {
      let listeners = state.withLock { state in
        state.isGone = true
        defer { state.listeners = [:] }
        return state.listeners.values
      }
      for listener in listeners { listener() }
    }
  }

  /// The clients of all connections by their channels.
  final class ClientRegister: Sendable {
    private let clients = Mutex<[ObjectIdentifier: ClientPresence]>([:])

    func add(_ channel: any Channel) -> ClientPresence {
      let presence = ClientPresence()
      clients.withLock { $0[ObjectIdentifier(channel)] = presence }
      return presence
    }

    func remove(_ channel: any Channel) { clients.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) } }

    subscript(channel: any Channel) -> ClientPresence? { clients.withLock { $0[ObjectIdentifier(channel)] } }
  }

  /// Notices that a client goes away, and sends those away who take too long to send a request.
  ///
  /// A client that ends its side of the connection counts as gone, as with Go's and nginx's servers.
  final class ClientWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let register: ClientRegister
    private let metrics: ServerMetrics
    private let readTimeout: TimeAmount
    private let maximumBody: Int
    private var presence: ClientPresence?
    private var timeout: Scheduled<Void>?
    /// Looks whether an answer is read.
    private var unread: Scheduled<Void>?
    /// Whether an answer has begun, after which none can be given here.
    private var hasAnswered = false

    init(_ register: ClientRegister, metrics: ServerMetrics, readTimeout: TimeAmount, maximumBody: Int) {
      (self.register, self.metrics) = (register, metrics)
      (self.readTimeout, self.maximumBody) = (readTimeout, maximumBody)
    }

    func handlerAdded(context: ChannelHandlerContext) {
      presence = register.add(context.channel)
      metrics.connectionOpened()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
      timeout?.cancel()
      unread?.cancel()
      register.remove(context.channel)
      presence?.leave()
      presence = nil
      metrics.connectionClosed()
    }

    func channelInactive(context: ChannelHandlerContext) {
      timeout?.cancel()
      presence?.leave()
      context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case .some(.inputClosed) = event as? ChannelEvent { presence?.leave() }
      context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      presence?.leave()
      context.fireErrorCaught(error)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        hasAnswered = false
        if head.headerFields[.transferEncoding] != nil, head.headerFields[.contentLength] != nil {
          // RFC 9112, section 6.3: what follows may be read in two ways.
          return end(context, with: .badRequest)
        }
        if head.headerFields[.expect]?.lowercased() == "100-continue", isAcceptable(head) {
          context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let watch = NIOLoopBound(self, eventLoop: context.eventLoop)
        timeout = context.eventLoop.scheduleTask(in: readTimeout) { watch.value.giveUp(loopBound.value) }
      case .body: break
      case .end:
        timeout?.cancel()
        timeout = nil
      }
      context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      if case .head(let head) = unwrapOutboundIn(data), head.status.kind != .informational { hasAnswered = true }
      context.write(data, promise: promise)
      if case .end = unwrapOutboundIn(data) { awaitReading(context, left: .max) }
    }

    /// Ends a connection whose client takes nothing more of its answer; one that is slow, but reads, is waited for.
    ///
    /// - Parameter left: Bytes that waited for it when it was last looked at.
    private func awaitReading(_ context: ChannelHandlerContext, left: Int) {
      let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
      let watch = NIOLoopBound(self, eventLoop: context.eventLoop)
      unread?.cancel()
      unread = context.eventLoop.scheduleTask(in: readTimeout) {
        let context = loopBound.value
        // Streams of HTTP/2 do not say how much waits; they are gone by now where their answer was taken.
        let now = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? left
        if now == 0 { return }
        guard now < left else { return context.close(promise: nil) }
        watch.value.awaitReading(context, left: now)
      }
    }

    /// Whether a client that asks may send its body.
    private func isAcceptable(_ head: HTTPRequest) -> Bool {
      (head.headerFields[.contentLength].flatMap { Int($0) } ?? 0) <= maximumBody
    }

    /// The client is too slow: it is told so, and the connection ends.
    private func giveUp(_ context: ChannelHandlerContext) {
      end(context, with: .requestTimeout)
    }

    /// Ends the connection, saying why where no answer has begun.
    private func end(_ context: ChannelHandlerContext, with status: HTTPResponse.Status) {
      if !hasAnswered {
        var head = HTTPResponse(status: status)
        head.headerFields[.connection] = "close"
        head.headerFields[.contentLength] = "0"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
      context.close(promise: nil)
    }
  }
#endif
