import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("How a model is opened, written down")
struct ModelOpeningTests {
  @Test("what was written is read as it was")
  func roundTrip() throws {
    var opening = ModelOpening()
    opening.model = "owner/name@main"
    opening.precision = .int8
    opening.adapters = ["/adapters/a=b=0.5", "named=1.0"]
    opening.prompt = "query"
    opening.dimensions = 64
    opening.maximumLength = 128
    #expect(try ModelOpening(parsing: opening.text) == opening)
    #expect(
      opening.text
        == #"["--model","owner/name@main","--precision","int8","--adapter","/adapters/a=b=0.5","--adapter","named=1.0","--prompt","query","--dimensions","64","--max-length","128"]"#
    )
  }

  @Test("the same source and settings have the same words, a folder from the root")
  func sources() throws {
    let folder = try TemporaryFolder()
    try folder.write("x/y", "")
    var configuration = EmbedderConfiguration()
    configuration.precision = .bfloat16
    configuration.prompt = .text("find: ")
    let opening = try #require(ModelOpening(.folder(URL(filePath: folder.path + "/x/..")), configuration))
    #expect(opening.model == folder.path && opening.instruction == "find: ")
    #expect(try opening.source() == .folder(URL(filePath: folder.path)))
    #expect(opening.configuration.precision == .bfloat16 && opening.configuration.prompt == .text("find: "))
    #expect(ModelOpening(.bundled, EmbedderConfiguration()) == ModelOpening())
    configuration.layer = 3
    #expect(ModelOpening(.bundled, configuration) == nil)
  }

  @Test(
    "other words are refused",
    arguments: ["", "{}", #"["--model"]"#, #"["--threads","4"]"#, #"["--precision","f64"]"#, #"["--dimensions","0"]"#])
  func others(_ text: String) { #expect(throws: (any Error).self) { try ModelOpening(parsing: text) } }
}
