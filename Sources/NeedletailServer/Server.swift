#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import HummingbirdHTTP2
  internal import HummingbirdTLS
  public import Logging
  internal import NIOCore
  internal import NIOPosix
  internal import NIOSSL
  internal import ServiceLifecycle
  internal import UnixSignals

  #if canImport(FoundationEssentials)
    internal import FoundationEssentials
  #else
    internal import Foundation
  #endif

  /// Answers the requests of other programs, in all dialects at one address.
  ///
  ///     let models = [ServedModelChoice("bundled", source: .bundled)]
  ///     try await Server(ServerConfiguration(models: models)).run()
  public struct Server: Sendable {
    private let configuration: ServerConfiguration
    private let logger: Logger

    /// Prepares a server; it listens once it runs.
    public init(_ configuration: ServerConfiguration, logger: Logger = Logger(label: "needletail")) {
      (self.configuration, self.logger) = (configuration, logger)
    }

    /// Serves until the task is cancelled or the process is told to end (SIGTERM, SIGINT): then what is under way is
    /// finished, and the rest refused.
    ///
    /// - Parameter started: Called once connections are taken, with the port; `nil` for a socket's path.
    /// - Throws: ``ServerError`` where the address cannot be had, and what loading the first model throws.
    public func run(started: @escaping @Sendable (_ port: Int?) async -> Void = { _ in }) async throws {
      ProcessFacts.begin()
      ProcessFacts.raiseFileLimit()
      Allocator.keepLittle()
      let service = try Service(configuration, logger: logger)
      let loops = MultiThreadedEventLoopGroup(numberOfThreads: min(4, max(1, System.coreCount / 2)))
      let application = Application(
        responder: try await RootResponder(service),
        server: try Self.listener(service),
        configuration: ApplicationConfiguration(
          address: Self.address(configuration.address), serverName: nil, backlog: 4096,
          availableConnectionsDelegate: .maximum(configuration.maximumConnections, logger: logger)),
        onServerRunning: { await started($0.localAddress?.port) },
        eventLoopGroupProvider: .shared(loops), logger: logger)
      _ = try await service.models.model(try service.models.name(nil))
      var services = ServiceGroupConfiguration(
        services: [
          .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: Upkeep(service: service), successTerminationBehavior: .ignore),
        ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
      services.maximumGracefulShutdownDuration = configuration.drainTimeout
      try await ServiceGroup(configuration: services).run()
      await service.collections?.close()
      try await loops.shutdownGracefully()
    }

    private static func address(_ address: ServerConfiguration.Address) -> BindAddress {
      switch address {
      case .host(let name, let port): .hostname(name, port: port)
      case .unixSocket(let path): .unixDomainSocket(path: path)
      }
    }

    /// What takes connections: HTTP/1.1 and 2, below TLS where there is a certificate.
    private static func listener(_ service: Service) throws -> HTTPServerBuilder {
      let configuration = service.configuration
      let readTimeout = TimeAmount(configuration.readTimeout)
      var http1 = HTTP1Channel.Configuration(
        additionalChannelHandlers: [
          ClientWatch(
            service.clients, metrics: service.metrics, readTimeout: readTimeout,
            maximumBody: service.configuration.maximumBody)
        ],
        idleTimeout: TimeAmount(configuration.idleTimeout))
      http1.httpDecoder = .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 128)
      let http2 = HTTP2ChannelConfiguration(
        idleTimeout: configuration.idleTimeout, gracefulCloseTimeout: configuration.drainTimeout,
        streamConfiguration: http1)
      let http1Only = http1
      let tls = try configuration.certificate.map { try tlsConfiguration($0) }
      return HTTPServerBuilder { responder in
        let channel = EitherHTTPChannel(
          responder: responder, http1: http1Only, http2: http2, firstBytesTimeout: readTimeout)
        guard let tls else { return channel }
        return try TLSChannel(channel, tlsConfiguration: tls)
      }
    }

    private static func tlsConfiguration(_ certificate: ServerConfiguration.Certificate) throws -> TLSConfiguration {
      do {
        let chain = try NIOSSLCertificate.fromPEMFile(certificate.chain.path)
        let key = try NIOSSLPrivateKey(file: certificate.key.path, format: .pem)
        var tls = TLSConfiguration.makeServerConfiguration(
          certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["h2", "http/1.1"]
        // Whether they belong together shows only here.
        _ = try NIOSSLContext(configuration: tls)
        return tls
      } catch {
        throw ServerError(
          .failed, "\(certificate.chain.path): the certificate or its key cannot be used: \(error)", cause: error)
      }
    }
  }

  /// What the server does from time to time.
  private struct Upkeep: ServiceLifecycle.Service {
    let service: Service

    func run() async throws {
      await withGracefulShutdownHandler {
        try? await cancelWhenGracefulShutdown {
          while let limit = service.configuration.idleUnload {
            try await Task.sleep(for: max(.milliseconds(100), min(limit / 4, .seconds(5))))
            service.models.unloadIdle(after: limit)
          }
          // Nothing else is done before the end.
          try await Task.sleep(for: .seconds(1 << 40))
        }
      } onGracefulShutdown: {
        service.drain()
      }
    }
  }
#endif
