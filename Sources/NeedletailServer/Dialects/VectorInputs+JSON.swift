#if Server
  internal import NeedletailJSON

  extension VectorInputs {
    /// A text, token ids, or a list of either; Jina's objects with a `text`, too.
    ///
    /// - Parameter member: Where they stand in the request.
    init(_ json: JSON, _ member: String, _ configuration: ServerConfiguration) throws {
      switch json.kind {
      case .string: self = .texts([json.string ?? ""])
      case .array:
        guard json.count > 0 else { throw ServerError(.malformed, "should not be empty", parameter: member) }
        guard json.count <= configuration.maximumInputs || json.elements.first(where: { _ in true })?.kind == .number
        else {
          throw ServerError(
            .tooLarge, "has \(json.count) elements; the limit is \(configuration.maximumInputs)", parameter: member)
        }
        let elements = Array(json.elements)
        switch elements[0].kind {
        case .number: self = .ids([try Self.ids(json, member, configuration)])
        case .array:
          self = .ids(
            try elements.enumerated().map { try Self.ids($0.element, "\(member)[\($0.offset)]", configuration) })
        default:
          self = .texts(
            try elements.enumerated().map { index, element in
              guard let text = element.string ?? element["text"]?.string else {
                throw ServerError(
                  .malformed, "should be a string, found \(element.kind)", parameter: "\(member)[\(index)]")
              }
              return text
            })
        }
      default:
        throw ServerError(
          .malformed, "should be a string or an array of strings, found \(json.kind)", parameter: member)
      }
    }

    private static func ids(_ json: JSON, _ place: String, _ configuration: ServerConfiguration) throws -> [Int32] {
      guard configuration.acceptsTokenIDs else {
        throw ServerError(
          .malformed,
          "has token ids, and those of another model's tokenizer would give wrong vectors; send texts, or start the "
            + "server with --accept-token-ids if they are of its own vocabulary", parameter: place)
      }
      guard json.kind == .array, json.count > 0 else {
        throw ServerError(.malformed, "should be an array of token ids", parameter: place)
      }
      return try json.elements.map { try Int32(tokenID: $0.integer, at: place) }
    }
  }
#endif
