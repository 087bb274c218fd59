import NeedletailAnalysis
import NeedletailJSON
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One case of `Fixtures/correlations.json`, computed by scipy 1.17.1; `nil` where scipy gives not-a-number.
struct CorrelationCase: Sendable, CustomTestStringConvertible {
  let name: String
  let first: [Double]
  let second: [Double]
  let firstRanks: [Double]
  let pearson: Double?
  let spearman: Double?

  var testDescription: String { name }

  static func all() throws -> [CorrelationCase] {
    let file = SharedData.repository.appending(path: "Tests/NeedletailAnalysisTests/Fixtures/correlations.json")
    let root = try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
    return try root.value("cases").elements.map { item in
      func numbers(_ key: String) throws -> [Double] { try item.value(key).elements.compactMap(\.double) }
      return CorrelationCase(
        name: try item.string("name"), first: try numbers("first"), second: try numbers("second"),
        firstRanks: try numbers("first_ranks"), pearson: try item.value("pearson").double,
        spearman: try item.value("spearman").double)
    }
  }
}

@Suite("Correlations")
struct CorrelationTests {
  @Test("Pearson and Spearman are scipy's, to twelve digits")
  func goldens() throws {
    let cases = try CorrelationCase.all()
    #expect(cases.count == 12)
    for item in cases {
      let pearson = Correlation.pearson(item.first, item.second)
      let spearman = Correlation.spearman(item.first, item.second)
      if let expected = item.pearson {
        #expect(
          abs(pearson - expected) < 1e-12 || (item.name == "large offset" && abs(pearson - expected) < 1e-7),
          "\(item.name)")
      } else {
        #expect(pearson.isNaN, "\(item.name)")
      }
      if let expected = item.spearman {
        #expect(abs(spearman - expected) < 1e-12, "\(item.name)")
      } else {
        #expect(spearman.isNaN, "\(item.name)")
      }
      #expect(Correlation.ranks(item.first) == item.firstRanks, "\(item.name)")
    }
  }

  @Test("fewer than two pairs have no correlation")
  func tooFew() {
    #expect(Correlation.pearson([], []).isNaN)
    #expect(Correlation.spearman([1], [2]).isNaN)
  }

  @Test("values that are no numbers have no correlation", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(_ value: Double) {
    #expect(Correlation.pearson([1, value, 3], [1, 2, 3]).isNaN)
    #expect(Correlation.spearman([1, .nan, 3], [1, 2, 3]).isNaN)
  }

  @Test("infinities have ranks")
  func infiniteRanks() {
    #expect(Correlation.spearman([-.infinity, 0, .infinity], [1, 2, 3]) == 1)
  }

  @Test("a rank correlation does not change under monotonic maps, and swaps its arguments freely")
  func invariance() throws {
    for item in try CorrelationCase.all() where item.spearman != nil {
      let direct = Correlation.spearman(item.first, item.second)
      let swapped = Correlation.spearman(item.second, item.first)
      let halved = Correlation.spearman(item.first.map { $0 / 2 }, item.second)
      #expect(abs(direct - swapped) < 1e-14, "\(item.name)")
      #expect(direct == halved, "\(item.name)")
    }
  }
}
