import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Requests to one hub: addresses, token, redirects, and answers turned into errors.
///
/// The token goes to the hub's own origin (scheme, host and port) and nowhere else, whatever a redirect says.
struct HubClient: Sendable {
  let http: HTTPClient
  let endpoint: URL
  let token: String?
  let backoff: Backoff

  init(http: HTTPClient, settings: HubSettings, backoff: Backoff) throws(HubError) {
    guard let endpoint = URL(string: settings.endpoint), ["http", "https"].contains(endpoint.scheme?.lowercased()),
      endpoint.host()?.isEmpty == false
    else {
      throw HubError(
        .invalidSetting, "HF_ENDPOINT", "expected an http or https address, found \"\(settings.endpoint)\"")
    }
    self.http = http
    self.endpoint = endpoint
    self.token = try settings.token()
    self.backoff = backoff
  }

  /// The settings of the underlying client: no redirects of its own, no decompression, limits on silence.
  static func configuration(_ settings: HubSettings) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.decompression = .disabled
    // Failed connections are tried again by `Backoff`, with its waits.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.timeout = .init(connect: .seconds(10), read: .seconds(Int64(settings.silence)))
    return configuration
  }

  /// The address of a path below the endpoint.
  func address(_ path: String, query: String = "") throws(HubError) -> URL {
    let base = endpoint.absoluteString
    guard let url = URL(string: base + path + (query.isEmpty ? "" : "?" + query)) else {
      throw HubError(.invalidSetting, "HF_ENDPOINT", "makes no valid address of \"\(base)\(path)\"")
    }
    return url
  }

  /// Sends one request and follows redirects.
  ///
  /// - Parameters:
  ///   - range: The first byte wanted; everything from the start where `nil`.
  ///   - stopsAtMetadata: Whether a redirect that itself carries a file's checksum is the answer that is wanted.
  /// - Throws: ``PassingError`` where the connection fails, ``HubError`` where the redirects make no sense.
  func send(
    _ method: HTTPMethod, _ address: URL, range: Int? = nil, stopsAtMetadata: Bool = false, subject: String
  ) async throws -> HTTPClientResponse {
    var address = address
    for _ in 0..<10 {
      var request = HTTPClientRequest(url: address.absoluteString)
      request.method = method
      request.headers.add(name: "User-Agent", value: "needletail")
      request.headers.add(name: "Accept-Encoding", value: "identity")
      if let token, Self.origin(address) == Self.origin(endpoint) {
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
      }
      if let range { request.headers.add(name: "Range", value: "bytes=\(range)-") }
      let response = try await execute(request, subject: subject)
      guard [301, 302, 303, 307, 308].contains(response.status.code),
        let location = response.headers.first(name: "Location")
      else { return response }
      guard let target = URL(string: location, relativeTo: address)?.absoluteURL,
        let scheme = target.scheme?.lowercased(), ["http", "https"].contains(scheme), target.host()?.isEmpty == false,
        scheme == "https" || address.scheme?.lowercased() == "http"
      else {
        throw HubError(.badResponse, subject, "the hub redirects to an address that is not followed: \(location)")
      }
      if stopsAtMetadata, response.headers.contains(name: "X-Linked-Etag") { return response }
      if method != .HEAD { try await discardBody(of: response, subject: subject) }
      address = target
    }
    throw HubError(.badResponse, subject, "the hub redirects in circles")
  }

  /// The whole body of an answer.
  ///
  /// - Throws: ``HubError`` with code `.tooLarge` as soon as it is longer than `limit` bytes.
  func body(of response: HTTPClientResponse, limit: Int, subject: String) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    try await forEachPart(of: response, subject: subject) { part in
      guard bytes.count + part.count <= limit else {
        throw HubError(.tooLarge, subject, "the hub's answer is longer than \(limit) bytes")
      }
      bytes += part
    }
    return bytes
  }

  /// Hands out a body piece by piece.
  ///
  /// - Throws: ``PassingError`` where the connection breaks, and what `consume` throws.
  func forEachPart(
    of response: HTTPClientResponse, subject: String, _ consume: ([UInt8]) async throws -> Void
  ) async throws {
    var parts = response.body.makeAsyncIterator()
    while true {
      let part: ByteBuffer?
      do { part = try await parts.next() } catch { throw try Self.passing(error, host: "the hub", subject: subject) }
      try Task.checkCancellation()
      guard let part else { return }
      try await consume(Array(part.readableBytesView))
    }
  }

  /// Reads what little body a redirect or an error has, so that the connection can be used again.
  private func discardBody(of response: HTTPClientResponse, subject: String) async throws {
    var count = 0
    for try await part in response.body {
      count += part.readableBytes
      if count > 1 << 16 { return }
    }
  }

  private func execute(_ request: HTTPClientRequest, subject: String) async throws -> HTTPClientResponse {
    do {
      return try await http.execute(request, timeout: .seconds(120))
    } catch {
      let host = URL(string: request.url).map(Self.origin) ?? "the hub"
      throw try Self.passing(error, host: host, subject: subject)
    }
  }

  /// Turns a failed connection into an error worth another attempt; rethrows a cancellation.
  private static func passing(_ error: any Error, host: String, subject: String) throws -> PassingError {
    if error is CancellationError || Task.isCancelled { throw CancellationError() }
    if let error = error as? HTTPClientError {
      if error == .cancelled { throw CancellationError() }
      if [.invalidURL, .emptyHost, .emptyScheme].contains(error) {
        throw HubError(.invalidSetting, subject, "the address cannot be used: \(HubError.reason(error))", cause: error)
      }
    }
    return PassingError(
      error: HubError(.network, subject, "the connection to \(host) failed: \(HubError.reason(error))", cause: error))
  }

  private static func origin(_ url: URL) -> String {
    let scheme = url.scheme?.lowercased() ?? ""
    let port = url.port ?? (scheme == "https" ? 443 : 80)
    return "\(scheme)://\(url.host()?.lowercased() ?? ""):\(port)"
  }

  /// Percent-encodes everything but letters, digits, `-`, `.`, `_`, `~` and, where wanted, `/`.
  static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
    var result = ""
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~": result.unicodeScalars.append(scalar)
      case "/" where keepingSlashes: result += "/"
      default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result
  }
}
