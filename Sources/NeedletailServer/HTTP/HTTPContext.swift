#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import Logging
  internal import NIOCore

  /// What Hummingbird hands along with a request.
  struct HTTPContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
      coreContext = .init(source: source)
      channel = source.channel
    }
  }
#endif
