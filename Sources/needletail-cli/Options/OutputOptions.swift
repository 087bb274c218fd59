import ArgumentParser

/// How results are written.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Write JSON.")
  var json = false

  @Flag(help: "Show neither progress nor remarks.")
  var quiet = false
}
