#if canImport(FoundationXML)
  import FoundationXML
  import Foundation
#else
  import Foundation
#endif

/// What an XML parser finds in a plot.
final class PlotReader: NSObject, XMLParserDelegate {
  private(set) var text = ""
  private(set) var circles: [(x: Double, y: Double)] = []

  /// `nil` where the plot is not well-formed.
  init?(_ plot: String) {
    super.init()
    let parser = XMLParser(data: Data(plot.utf8))
    parser.delegate = self
    guard parser.parse() else { return nil }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    guard name == "circle" else { return }
    circles.append((Double(attributes["cx"] ?? "") ?? .nan, Double(attributes["cy"] ?? "") ?? .nan))
  }
}
