#if Server
  internal import HummingbirdCore
  package import HummingbirdHTTP2
  package import Logging
  package import NIOCore
  internal import NIOHTTP2

  /// Hummingbird's connections of HTTP/2, on which clients of gRPC can measure their bandwidth.
  ///
  /// These clients send a ping with what they read, to learn the round trip. Hummingbird 2.28 counts three pings in thirty
  /// seconds as an attack and closes the connection, whatever else is sent on it.
  package struct GRPCChannel: ServerChildChannel {
    package typealias Value = HTTP2Channel.Value

    private let connections: HTTP2Channel

    package init(_ connections: HTTP2Channel) { self.connections = connections }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
      connections.setup(channel: channel, logger: logger).flatMapThrowing { value in
        try Self.allowPings(on: channel)
        return value
      }
    }

    package func handle(value: Value, logger: Logger) async {
      await connections.handle(value: value, logger: logger)
    }

    /// Lets pings on a connection of HTTP/2 be answered, and nothing else; called on its event loop once its handlers are
    /// set up.
    package static func allowPings(on channel: any Channel) throws {
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(PingFilter(), position: .after(pipeline.handler(type: NIOHTTP2Handler.self)))
    }
  }

  /// Keeps pings from the handlers after it.
  ///
  /// NIO has answered them by then, and bounds how many answers wait.
  private final class PingFilter: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if case .ping(_, ack: false) = Self.unwrapInboundIn(data).payload { return }
      context.fireChannelRead(data)
    }
  }
#endif
