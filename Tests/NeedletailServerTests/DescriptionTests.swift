#if Server
  import NeedletailJSON
  import NeedletailServer
  import Testing

  @Suite("The description of all places")
  struct DescriptionTests {
    private static let methods: Set<String> = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    private static func described() throws -> Set<String> {
      let root = try JSONDocument(parsing: Server.openAPI, subject: "openapi.json").root
      var places: Set<String> = []
      for (path, operations) in try root.value("paths").members {
        for (method, _) in operations.members where methods.contains(String(decoding: method, as: UTF8.self)) {
          places.insert(
            "\(String(decoding: method, as: UTF8.self).uppercased()) \(String(decoding: path, as: UTF8.self))")
        }
      }
      return places
    }

    @Test("names every place of the server, and no other")
    func places() throws {
      let served = Set(Server.places.map { "\($0.method) \($0.path)" })
      let described = try Self.described()
      #expect(served.subtracting(described).sorted() == [])
      #expect(described.subtracting(served).sorted() == [])
      #expect(served.count == Server.places.count)
    }

    @Test("gives every operation a name of its own, a group that is listed, and an answer")
    func operations() throws {
      let root = try JSONDocument(parsing: Server.openAPI, subject: "openapi.json").root
      let tags = Set(try root.value("tags").elements.map { try $0.string("name") })
      var names: Set<String> = []
      for (_, operations) in try root.value("paths").members {
        for (_, operation) in operations.members {
          #expect(names.insert(try operation.string("operationId")).inserted)
          #expect(try operation.value("tags").elements.allSatisfy { tags.contains($0.string ?? "") })
          let statuses = try operation.value("responses").members.map { String(decoding: $0.key, as: UTF8.self) }
          #expect(statuses.contains { $0.hasPrefix("2") } && statuses.contains("405"))
        }
      }
    }
  }
#endif
