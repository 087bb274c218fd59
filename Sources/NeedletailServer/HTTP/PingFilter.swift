#if Server
  internal import NIOCore
  internal import NIOHTTP2

  /// Keeps the pings of a connection of HTTP/2 from the handlers after it; NIO has answered them by then, and bounds how
  /// many answers wait.
  ///
  /// Clients of gRPC send a ping with what they read, to learn the round trip. Hummingbird 2.28 counts three pings in
  /// thirty seconds as an attack and closes the connection, whatever else is sent on it.
  final class PingFilter: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame

    /// Called on the connection's event loop once its handlers are set up.
    static func put(on channel: any Channel) throws {
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(PingFilter(), position: .after(pipeline.handler(type: NIOHTTP2Handler.self)))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if case .ping(_, ack: false) = Self.unwrapInboundIn(data).payload { return }
      context.fireChannelRead(data)
    }
  }
#endif
