#if Server
  internal import CNeedletailAssets
  internal import Crypto
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NIOCore
  internal import NeedletailTensor

  /// The page and the description of all places, which the program carries inside.
  enum PageFiles {
    static var routes: [Route] {
      [
        Route(.get, "/", nil) { try answer("index.html", $0) },
        Route(.get, "/docs", nil) { try answer("docs.html", $0) },
        Route(.get, "/page/{name}", nil) { try answer(try $0.parameter("name"), $0) },
        Route(.get, "/openapi.json", nil) { Self.openAPI.answer($0) },
      ]
    }

    /// A file as it is sent.
    private struct File: Sendable {
      let type: String
      let bytes: ByteBuffer
      /// Its name for this content.
      let tag: String

      init(_ file: MappedFile, type: String) {
        let content = file.bytes(0..<file.count)
        (self.type, bytes) = (type, ByteBuffer(bytes: content))
        tag =
          "\"\(SHA256.hash(data: content).prefix(12).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())\""
      }

      /// The file, or that it is the one that the client has.
      func answer(_ exchange: Exchange) -> Response {
        let known = exchange.request.headers[.ifNoneMatch]?.split(separator: ",").contains { part in
          let name = part.drop { $0 == " " }.prefix { $0 != " " }
          return name == tag || name == "W/" + tag || name == "*"
        }
        var response = known == true ? Response(status: .notModified) : .bytes(bytes, type: type)
        response.headers[.eTag] = tag
        // What is there is asked for each time, and sent where it is another: pages are always of one version.
        response.headers[.cacheControl] = "no-cache"
        response.headers[.contentSecurityPolicy] =
          "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        response.headers[.referrerPolicy] = "no-referrer"
        return response
      }
    }

    private static func answer(_ name: String, _ exchange: Exchange) throws -> Response {
      guard let file = files[name] else { throw ServerError(.notFound, "the page has no such file") }
      return file.answer(exchange)
    }

    private static let files: [String: File] = {
      var files: [String: File] = [:]
      for index in 0..<nt_page_file_count {
        let file = unsafe nt_page_file_at(index)
        let name = unsafe String(cString: file.name)
        let content = unsafe MappedFile(constant: file.bytes, count: Int(file.count), name: name)
        files[name] = File(content, type: unsafe String(cString: file.media_type))
      }
      return files
    }()

    private static let openAPI = File(openAPIFile, type: "application/json")

    fileprivate static var openAPIFile: MappedFile {
      unsafe MappedFile(constant: nt_asset_openapi.bytes, count: nt_asset_openapi.count, name: "openapi.json")
    }
  }

  extension Server {
    /// Every place with its methods, for comparing them with the description.
    package static var places: [(method: String, path: String)] {
      Service.routes.map { ($0.method.rawValue, $0.path) }
    }

    /// What is served as `/openapi.json`.
    package static var openAPI: [UInt8] {
      let file = PageFiles.openAPIFile
      return file.bytes(0..<file.count)
    }
  }
#endif
