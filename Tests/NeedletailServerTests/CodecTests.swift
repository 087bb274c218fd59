#if Server
  import NeedletailServer
  import Testing

  /// Small forms of text that requests and answers have.
  @Suite("Headers, paths and numbers")
  struct CodecTests {
    static let identity = "0af7651916cd43dd8448eb211c80319c"

    @Test("a trace goes on with a span of its own")
    func trace() throws {
      let context = try #require(TraceContext(header: "00-\(Self.identity)-b7ad6b7169203331-01"))
      #expect(context.trace == Self.identity && context.parent == "b7ad6b7169203331" && context.flags == "01")
      #expect(context.span.count == 16 && context.span != context.parent)
      #expect(context.header == "00-\(Self.identity)-\(context.span)-01")
      #expect(try #require(TraceContext(header: context.header)).parent == context.span)
      // Versions to come may have more parts.
      #expect(TraceContext(header: "01-\(Self.identity)-b7ad6b7169203331-01-more") != nil)
    }

    @Test(
      "a header that is no trace is none",
      arguments: [
        "", "00", "00-\(CodecTests.identity)-b7ad6b7169203331", "00-\(CodecTests.identity)-b7ad6b7169203331-01-more",
        "ff-\(CodecTests.identity)-b7ad6b7169203331-01", "00-\(CodecTests.identity.uppercased())-b7ad6b7169203331-01",
        "00-\(String(repeating: "0", count: 32))-b7ad6b7169203331-01", "00-\(CodecTests.identity)-0000000000000000-01",
        "00-\(CodecTests.identity)-b7ad6b716920333-01", "00-\(CodecTests.identity)-b7ad6b7169203331-1",
        "00-\(CodecTests.identity)-b7ad6b7169203331-é", "0x-\(CodecTests.identity)-b7ad6b7169203331-01",
      ])
    func noTrace(_ header: String) { #expect(TraceContext(header: header) == nil) }

    /// How many digits a number is written with, less the zeros before them.
    private static func digits(of number: String) -> Int {
      number.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }.count
    }

    @Test("numbers have the fewest digits that read back the same")
    func floats() throws {
      var generator = SystemRandomNumberGenerator()
      var values: [Float] = [0, -0.0, 0.5, 1, -1, 0.1, 0.0625, 9.999999, 10, 0.0001, 0.001, 0.99999994, 1e-30, 3e38]
      for _ in 0..<200_000 { values.append(Float.random(in: -1...1, using: &generator)) }
      for _ in 0..<200_000 { values.append(Float.random(in: -0.1...0.1, using: &generator)) }
      for exponent in -16...4 {
        let power = Float(sign: .plus, exponent: exponent, significand: 1)
        values += [power, power.nextUp, power.nextDown]
      }
      for value in values {
        var bytes: [UInt8] = []
        FloatText.append(value, to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        let (digits, fewest) = (Self.digits(of: text), Self.digits(of: value.description))
        try #require(Float(text) == value && digits == fewest, "\(value) \(text)")
      }
      var bytes: [UInt8] = []
      FloatText.append(.nan, to: &bytes)
      #expect(bytes == Array("null".utf8))
    }

    @Test("paths are decoded byte by byte")
    func percent() {
      for (path, text) in [
        ("", ""), ("plain", "plain"), ("a%2Fb", "a/b"), ("%e6%9d%b1", "東"), ("%E6%9D%B1", "東"), ("a+b", "a+b"),
        ("100%25", "100%"), ("%00", "\0"), ("東", "東"),
      ] {
        #expect(PercentEncoding.decoded(path) == text)
      }
      for path in ["%", "%2", "%zz", "%2é", "%ff", "%e6%9d", "%C0%AF"] { #expect(PercentEncoding.decoded(path) == nil) }
    }

    @Test("bits are signs, the first in the highest place")
    func bits() {
      #expect(NarrowForm.bits([1, -1, 0, 2, -0.0, 3, -4, 5, 6]) == [0b1001_0101, 0b1000_0000])
      #expect(NarrowForm.bits([]) == [])
    }

    @Test("steps follow the direction, whatever its length")
    func steps() {
      let vector: [Float] = [0.5, -0.5, 0.5, -0.5]
      // The range of four features is −3 to 3, in 127 steps on each side.
      #expect(NarrowForm.steps(vector[...]) == [21, -21, 21, -21])
      #expect(NarrowForm.steps(vector.map { $0 * 1000 }[...]) == NarrowForm.steps(vector[...]))
      #expect(NarrowForm.steps([0, 0]) == [0, 0] && NarrowForm.steps([]) == [])
      let wide = [Float](repeating: 0, count: 99) + [1]
      #expect(NarrowForm.steps(wide[...]).last == 127 && NarrowForm.steps(wide.map { -$0 }[...]).last == -127)
    }
  }
#endif
