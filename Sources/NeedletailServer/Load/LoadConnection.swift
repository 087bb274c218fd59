#if Server
  internal import NIOCore

  /// One client of a load: sends a request, reads the answer, asks its ``LoadWorker`` for the next.
  final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A request without an answer so far.
    struct Flight {
      let number: Int
      /// When it was due, in nanoseconds.
      let due: Int
      /// When it was sent.
      let sent: Int
    }

    private let worker: LoadWorker
    private var reader: AnswerReader
    private var context: ChannelHandlerContext?
    private(set) var flight: Flight?

    init(_ worker: LoadWorker) {
      self.worker = worker
      reader = AnswerReader(keepsBodies: worker.plan.check != nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Sends a request.
    func send(_ flight: Flight) {
      guard let context else { return }
      self.flight = flight
      let request = worker.request(flight.number)
      if worker.plan.check == nil {
        worker.report.bytesSent += request.whole.readableBytes
        context.writeAndFlush(wrapOutboundOut(request.whole), promise: nil)
      } else {
        let mark = ByteBuffer(string: "x-request-id: \(Self.mark(flight.number))\r\n")
        for part in [request.head, mark, request.rest] {
          worker.report.bytesSent += part.readableBytes
          context.write(wrapOutboundOut(part), promise: nil)
        }
        context.flush()
      }
    }

    func channelActive(context: ChannelHandlerContext) {
      worker.connected(self)
      context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var bytes = unwrapInboundIn(data)
      do {
        while bytes.readableBytes > 0 {
          guard let flight else {
            worker.note(.unasked)
            return close()
          }
          guard let answer = try reader.read(&bytes) else { return }
          self.flight = nil
          worker.take(answer, flight)
          if answer.closes { return close() }
          if bytes.readableBytes == 0 { worker.goOn(self) }
        }
      } catch {
        worker.note(refusal: error.message)
        end(.malformed)
      }
    }

    func channelInactive(context: ChannelHandlerContext) {
      if flight != nil {
        flight = nil
        worker.failed(.closed)
      }
      worker.disconnected(self)
      context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    /// Gives up the request under way, and the connection with it.
    func end(_ failure: LoadReport.Failure) {
      if flight != nil {
        flight = nil
        worker.failed(failure)
      }
      close()
    }

    func close() { context?.close(promise: nil) }

    /// What `x-request-id` is to say in the answer as well.
    static func mark(_ number: Int) -> String { "load-\(number)" }
  }
#endif
