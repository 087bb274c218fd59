import NeedletailRetrieval
import Testing

@Suite("Documents", .serialized)
struct DocumentTests {
  @Test("a document keeps what it is made of")
  func parts() {
    let document = Document(id: "a", text: "b")
    #expect(document.id == "a" && document.text == "b")
  }
}
