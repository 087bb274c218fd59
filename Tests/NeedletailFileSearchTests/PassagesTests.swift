import Foundation
import NeedletailFileSearch
import NeedletailJSON
import NeedletailTestSupport
import Testing

@Suite("Passages")
struct PassagesTests {
  /// The passages of a file, at most 40 words each.
  func passages(_ name: String, _ bytes: [UInt8]) throws -> [Passage] {
    try Passages.read(bytes, name: name, target: 40) { $0.map { WordModel.words($0).count } }.passages
  }

  func passages(_ name: String, _ text: String) throws -> [Passage] { try passages(name, Array(text.utf8)) }

  @Test("neighbouring paragraphs share a passage while they fit")
  func packing() throws {
    let paragraph = "one two three four five six seven eight nine ten eleven twelve"
    let text = Array(repeating: paragraph, count: 7).joined(separator: "\n\n")
    let found = try passages("a.txt", text)
    #expect(found.map(\.firstLine) == [1, 7, 13])
    #expect(found.map(\.lastLine) == [5, 11, 13])
    #expect(found[0].text == Array(repeating: paragraph, count: 3).joined(separator: "\n\n"))
  }

  @Test("a long paragraph is cut between sentences, and every line number is right")
  func longParagraph() throws {
    let lines = (1...30).map { "Sentence number \($0) is here. It goes" + "\non and on." }
    let found = try passages("a.txt", lines.joined(separator: " "))
    #expect(found.count > 5)
    for passage in found {
      #expect(WordModel.words(passage.text).count <= 40)
      #expect(passage.text.hasSuffix("."))
      #expect(
        passage.text.split(separator: "\n", omittingEmptySubsequences: false).count == passage.lastLine
          - passage.firstLine + 1)
    }
    #expect(found.map(\.text).joined(separator: " ") == lines.joined(separator: " "))
  }

  @Test("nothing is lost and nothing is too long, whatever the text", arguments: 1...200)
  func random(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let pieces = [
      "word ", "Word. ", "\n", "\n\n", "e.g. ", "x", "。", "日本", "\t", "- item\n", "# Head\n", "!? ", "é", "\r\n",
    ]
    let name = ["a.txt", "a.md", "a.swift"].randomElement(using: &generator) ?? ""
    let count = Int.random(in: 0...2_000, using: &generator)
    let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
    let found = try passages(name, text)
    func letters(_ text: String) -> String { String(text.unicodeScalars.filter { !$0.properties.isWhitespace }) }
    #expect(letters(found.map(\.text).joined()) == letters(text), "seed \(seed)")
    let lines = text.replacingOccurrences(of: "\r\n", with: "\n").split(
      separator: "\n", omittingEmptySubsequences: false)
    for passage in found {
      #expect(WordModel.words(passage.text).count <= 40 && passage.text.utf8.count < 40 * 40)
      let first = passage.text.split(whereSeparator: \.isNewline).first ?? ""
      #expect(lines[passage.firstLine - 1].contains(first), "seed \(seed)")
      let last = passage.text.split(whereSeparator: \.isNewline).last ?? ""
      #expect(lines[passage.lastLine - 1].contains(last), "seed \(seed)")
    }
  }

  @Test("headings begin a passage once there is something before them")
  func headings() throws {
    let body = "This paragraph holds a good dozen of words so that a heading ends it."
    let found = try passages("a.md", "# First\n\n\(body)\n\n## Second\n\n\(body)\n\nThird\n=====\n\n\(body)\n")
    #expect(found.map { $0.text.split(separator: "\n").first } == ["# First", "## Second", "Third"])
  }

  @Test("one line of 10 MB is cut into passages", arguments: [" ", ""])
  func longLine(space: String) throws {
    let text = String(repeating: "abcdefgh" + space, count: 10_000_000 / (8 + space.utf8.count))
    let found = try passages("a.txt", text)
    #expect(found.allSatisfy { $0.firstLine == 1 && $0.lastLine == 1 && $0.text.utf8.count <= 2_000 })
    #expect(found.reduce(0) { $0 + $1.text.utf8.filter { $0 > 0x20 }.count } == text.utf8.filter { $0 > 0x20 }.count)
  }

  @Test("a JSON string of 10 MB is read whole")
  func longRecord() throws {
    let text = String(repeating: "words and ", count: 1_000_000)
    let found = try passages("a.jsonl", "{\"id\": 7, \"text\": \"\(text)\"}\n\"next\"\n")
    #expect(found.dropLast().allSatisfy { $0.id == "7" && $0.firstLine == 1 } && found.last?.text == "next")
  }

  @Test(
    "sentences end where a reader would end them",
    arguments: [
      ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
      ("Mr. Smith paid 3.50 dollars. He left.", ["Mr. Smith paid 3.50 dollars.", "He left."]),
      ("J. S. Bach wrote it. E.g. this one.", ["J. S. Bach wrote it.", "E.g. this one."]),
      ("She said \"Go.\" Then she went.", ["She said \"Go.\"", "Then she went."]),
      ("Wrapped\nlines go on. Next\nline.", ["Wrapped\nlines go on.", "Next\nline."]),
      ("A title\n\nA text", ["A title", "A text"]),
      ("List:\n- first\n- second\n1. third\n2) fourth", ["List:", "- first", "- second", "1. third", "2) fourth"]),
      ("今日は晴れ。明日は「雨。」と言う！終わり", ["今日は晴れ。", "明日は「雨。」", "と言う！", "終わり"]),
      ("Wait... what? yes. ok", ["Wait... what? yes. ok"]),
      ("See Fig. 3 and pp. 4-5. Done.", ["See Fig. 3 and pp. 4-5.", "Done."]),
      ("Was ist das? Ärger! Так. Да।", ["Was ist das?", "Ärger!", "Так.", "Да।"]),
      ("(It works.) [Really.] *Yes.* No", ["(It works.)", "[Really.]", "*Yes.*", "No"]),
      ("", []), ("  \n ", []), ("...", ["..."]), ("So did I. Then", ["So did I.", "Then"]),
    ])
  func sentences(text: String, expected: [String]) {
    let bytes = Array(text.utf8)
    #expect(Passages.sentences(bytes).map { String(decoding: bytes[$0], as: UTF8.self) } == expected)
  }

  @Test("the demo corpus has one passage a row, and each question an answer in it")
  func corpus() throws {
    let assets = SharedData.repository.appending(path: "Sources/CNeedletailAssets")
    let file = assets.appending(path: "corpus.jsonl").path
    let found = try Passages.read(file, target: 160) { $0.map { WordModel.words($0).count } }
    let ids = found.passages.compactMap(\.id)
    #expect(found.warnings.isEmpty && ids.count == 158 && Set(ids).count == 158)
    let questions = try String(contentsOf: assets.appending(path: "queries.jsonl"), encoding: .utf8)
    for line in questions.split(separator: "\n") {
      let question = try JSONDocument(parsing: String(line)).root
      #expect(ids.contains(try question.string("expected")))
    }
  }
}
