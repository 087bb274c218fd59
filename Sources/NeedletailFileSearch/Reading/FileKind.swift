/// How a file's text is found, by the end of its name.
package enum FileKind: String, Sendable, CaseIterable {
  /// Paragraphs between blank lines.
  case prose
  /// Markdown and reStructuredText: paragraphs, and headings that begin something new.
  case markup
  /// HTML: tags are dropped, block elements end a paragraph.
  case html
  /// A JSON value a line.
  case jsonLines
  /// A table with commas.
  case commaTable
  /// A table with tabs.
  case tabTable
  /// Source code: cut at blank lines and definitions.
  case code

  /// The kind that a name promises.
  ///
  /// It is ``prose`` where the name promises nothing. The suffix `.gz` is passed over.
  package init(name: String) {
    self = Self.kinds[Self.suffix(name.hasSuffix(".gz") ? String(name.dropLast(3)) : name)] ?? .prose
  }

  /// Whether the name promises something that is not text.
  static func isBinary(name: String) -> Bool {
    binarySuffixes.contains(suffix(name.hasSuffix(".gz") ? String(name.dropLast(3)) : name))
  }

  /// What follows the last dot, in lower case.
  private static func suffix(_ name: String) -> String {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.utf8.startIndex else { return "" }
    return name[name.utf8.index(after: dot)...].lowercased()
  }

  private static let kinds: [String: FileKind] = {
    var kinds: [String: FileKind] = [
      "html": .html, "htm": .html, "xhtml": .html, "jsonl": .jsonLines, "ndjson": .jsonLines, "csv": .commaTable,
      "tsv": .tabTable, "md": .markup, "markdown": .markup, "rst": .markup,
    ]
    for suffix in codeSuffixes.split(separator: " ") { kinds[String(suffix)] = .code }
    return kinds
  }()

  private static let codeSuffixes = """
    swift py pyi c h cc cpp cxx hpp hh m mm java kt kts scala go rs js mjs cjs jsx ts tsx rb php pl pm lua r jl hs ml \
    mli fs cs vb sh bash zsh fish ps1 bat sql css scss less vue svelte dart ex exs erl hrl clj cljs lisp el scm zig nim \
    d pas f f90 f95 s asm v vhd proto thrift cmake mk gradle tf json yaml yml toml ini cfg conf xml plist
    """

  private static let binarySuffixes = Set(
    """
    png jpg jpeg gif bmp ico icns webp tif tiff svg svgz psd heic avif pdf ps eps dvi zip bz2 xz zst lz4 lzma 7z rar \
    tar tgz txz jar war ear class o a so dylib dll exe bin obj lib pdb pyc pyo whl egg deb rpm apk dmg iso img mp3 mp4 \
    m4a m4v ogg oga ogv opus flac wav aiff avi mkv mov webm wmv mid woff woff2 ttf otf eot pfb sqlite sqlite3 db mdb \
    npy npz safetensors onnx pt pth ckpt gguf h5 hdf5 parquet feather arrow avro orc pkl pickle mo gmo swiftmodule \
    swiftdoc bc wasm doc docx xls xlsx ppt pptx odt ods odp epub mobi
    """.split(separator: " ").map(String.init))
}
