#if Server
  package import NIOCore
  internal import NeedletailJSON
  package import NeedletailTensor

  #if canImport(FoundationEssentials)
    internal import FoundationEssentials
  #else
    internal import Foundation
  #endif

  /// Whether answers are the vectors of their texts, in their order.
  package struct AnswerCheck: Sendable {
    private let dialect: LoadDialect
    private let vectors: Matrix
    private let tolerance: Float

    /// Why an answer is wrong.
    package struct Mistake: Error, CustomStringConvertible {
      package let description: String

      init(_ description: String) { self.description = description }
    }

    /// - Parameters:
    ///   - vectors: `[texts, dimension]`: what is right.
    ///   - tolerance: By how much a number may be off; 0 asks for the same bits.
    package init(in dialect: LoadDialect, vectors: Matrix, tolerance: Float = 0) {
      (self.dialect, self.vectors, self.tolerance) = (dialect, vectors, tolerance)
    }

    /// Compares the vectors of an answer.
    ///
    /// - Parameter texts: The rows that they should be.
    /// - Returns: The largest difference of two numbers.
    /// - Throws: ``Mistake`` where it is more than the tolerance, or the answer has another shape.
    package func difference(of body: ByteBuffer, from texts: [Int]) throws(Mistake) -> Float {
      let found = try read(body)
      guard found.count == texts.count else { throw Mistake("\(found.count) vectors for \(texts.count) texts") }
      var largest: Float = 0
      for (place, (row, text)) in zip(found, texts).enumerated() {
        let expected = vectors[row: text]
        guard row.count == expected.count else {
          throw Mistake("vector \(place) has \(row.count) values; the model gives \(expected.count)")
        }
        for (one, other) in zip(row, expected) where !(abs(one - other) <= largest) {
          largest = (one - other).isNaN ? .infinity : abs(one - other)
        }
        guard largest <= tolerance else {
          throw Mistake("vector \(place) is not that of its text: a value is off by \(largest)")
        }
      }
      return largest
    }

    private func read(_ body: ByteBuffer) throws(Mistake) -> [[Float]] {
      do {
        let root = try JSONDocument(parsing: Array(body.readableBytesView), subject: "an answer").root
        guard dialect == .openAI else { return try root.elements.map(Self.numbers) }
        var rows: [[Float]] = []
        for (place, entry) in try root.value("data").elements.enumerated() {
          guard try entry.integer("index") == place else { throw Mistake("entry \(place) has another index") }
          let embedding = try entry.value("embedding")
          rows.append(try embedding.string.map(Self.decoded) ?? Self.numbers(embedding))
        }
        return rows
      } catch let mistake as Mistake {
        throw mistake
      } catch {
        throw Mistake("\(error)")
      }
    }

    private static func numbers(_ array: JSON) throws(Mistake) -> [Float] {
      guard array.kind == .array else { throw Mistake("a vector is \(array.kind)") }
      var values: [Float] = []
      values.reserveCapacity(array.count)
      for element in array.elements {
        guard let digits = element.digits, let value = Float(String(decoding: digits, as: UTF8.self)) else {
          throw Mistake("a vector holds \(element.kind)")
        }
        values.append(value)
      }
      return values
    }

    private static func decoded(_ text: String) throws(Mistake) -> [Float] {
      guard let data = Data(base64Encoded: text), data.count % 4 == 0 else {
        throw Mistake("a vector is no base64 of floats")
      }
      let bytes = Array(data)
      return stride(from: 0, to: bytes.count, by: 4).map { place in
        let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
        return Float(bitPattern: bits)
      }
    }
  }
#endif
