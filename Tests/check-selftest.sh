#!/usr/bin/env bash
# Proves that Scripts/check can fail: breaks a copy of the repository in one way after another, and expects the fault
# that belongs to it at the place where it was made. Run by `Scripts/check --self-test`; with --docs it breaks the
# documentation instead, which takes a minute.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
cases=0

plugin=$(grep swift-docc-plugin Package.swift)
# A copy that passes: the checks and papers as they are, and a little tree of sources in place of the real one.
mkdir -p "$work/clean/Scripts" "$work/clean/Tools" "$work/clean/docs/decisions" "$work/clean/Tests/NeedletailJSONTests"
cp Scripts/check "$work/clean/Scripts/"
cp -R Tools/check "$work/clean/Tools/check"
cp .swift-format "$work/clean/"
cd "$work/clean" || exit 1
for room in NeedletailJSON NeedletailTensor NeedletailModels; do
  mkdir -p "Sources/$room/$room.docc"
  # shellcheck disable=SC2016 # the backquotes are Markdown
  printf '# ``%s``\n\nA page.\n\n## Topics\n\n### Values\n\n- ``%sValue``\n' "$room" "$room" > "Sources/$room/$room.docc/$room.md"
  printf '/// What %s holds.\npublic struct %sValue: Sendable {}\n' "$room" "$room" > "Sources/$room/${room}Value.swift"
done
mkdir -p Sources/CNeedletail/include Sources/needletail-cli Tests/NeedletailTestSupport
echo 'int nt_one(void);' > Sources/CNeedletail/include/CNeedletail.h
printf '#include "CNeedletail.h"\nint nt_one(void) { return 1; }\n' > Sources/CNeedletail/one.c
printf 'internal import CNeedletail\n\nlet one = 1\n' > Sources/NeedletailTensor/One.swift
echo 'print("hello")' > Sources/needletail-cli/main.swift
echo 'let shared = 1' > Tests/NeedletailTestSupport/Shared.swift
printf 'import NeedletailJSON\nimport NeedletailTestSupport\n\nlet value = 1\n' > Tests/NeedletailJSONTests/ValueTests.swift
mkdir Tests/NeedletailCommandTests
printf 'import NeedletailModels\n\nlet command = 1\n' > Tests/NeedletailCommandTests/CommandTests.swift
printf '# 0001 Layers\n\nText.\n' > docs/decisions/0001-layers.md
# shellcheck disable=SC2016 # the backquotes are Markdown
printf '# Needletail\n\nSee [the map](ARCHITECTURE.md#the-map) and `Scripts/check`.\n' > README.md
printf '# Guides\n\n[0001](decisions/0001-layers.md)\n' > docs/README.md
cat > ARCHITECTURE.md <<'EOF'
# The map

| layer | target | question |
|---|---|---|
| 0 | `CNeedletail` | ? |
| 0 | `NeedletailJSON` | ? |
| 1 | `NeedletailTensor` | ? |
| 2 | `NeedletailModels` | ? |
| 7 | `needletail-cli` | ? |
EOF
cat > Package.swift <<'EOF'
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "clean",
  targets: [
    .target(name: "CNeedletail"),
    .target(name: "NeedletailJSON"),
    .target(name: "NeedletailTensor", dependencies: ["CNeedletail"]),
    .target(name: "NeedletailModels", dependencies: ["NeedletailTensor"]),
    .executableTarget(name: "needletail-cli", dependencies: ["NeedletailModels"]),
    .target(name: "NeedletailTestSupport", path: "Tests/NeedletailTestSupport"),
    .testTarget(name: "NeedletailJSONTests", dependencies: ["NeedletailJSON", "NeedletailTestSupport"]),
    .testTarget(name: "NeedletailCommandTests", dependencies: ["needletail-cli", "NeedletailModels"]),
  ]
)
EOF

if [ "${1-}" = --docs ]; then
  # The plugin and one small library; the same version that Package.swift asks for.
  sed -i "s|^  targets: \\[|  dependencies: [\n$plugin\n  ],\n  targets: [|" Package.swift
  page=Sources/NeedletailJSON/NeedletailJSON.docc/NeedletailJSON.md
  output=$(Scripts/check --docs 2>&1)
  [ "$output" = "check: docs ok" ] || { echo "check-selftest: a clean run should say \"check: docs ok\", not: $output"; exit 1; }
  echo '- ``Nothing``' >> "$page"
  output=$(Scripts/check --docs 2>&1) && { echo "check-selftest: --docs should fail for a broken link, but said: $output"; exit 1; }
  grep -q "'Nothing' doesn't exist" <<< "$output" || { echo "check-selftest: --docs should name the broken link, but said: $output"; exit 1; }
  sed -i '/Nothing/d' "$page"
  echo 'let broken: Int = ""' >> Sources/NeedletailJSON/NeedletailJSONValue.swift
  Scripts/check --docs > /dev/null 2>&1 && { echo "check-selftest: --docs should fail where nothing can be built"; exit 1; }
  echo "check-selftest: docs ok"
  exit
fi

output=$(Scripts/check 2>&1) || {
  echo "check-selftest: the clean copy has faults:"
  echo "$output"
  exit 1
}
[ "$output" = "check: ok" ] || { echo "check-selftest: a clean run should say \"check: ok\", not: $output"; exit 1; }

# expect CHECK PLACE WORDS: reads shell commands that break the copy; the check must fail with such a line.
expect() {
  cases=$((cases + 1))
  rm -rf "$work/broken"
  cp -R "$work/clean" "$work/broken"
  cd "$work/broken" || exit 1
  bash -eu || { echo "check-selftest: case $cases cannot be made"; exit 1; }
  output=$(Scripts/check "$1" 2>&1)
  if [ $? -ne 1 ] || ! grep -F -- "$2" <<< "$output" | grep -qF -- "$3"; then
    failures=$((failures + 1))
    echo "check-selftest: $1 should name \"$2\" with \"$3\", but said:"
    echo "${output:-nothing}"
  fi
}
json=Sources/NeedletailJSON/NeedletailJSONValue.swift

expect format "$json:3:" "Indentation" <<< "echo '      let x = 1' >> $json"
expect format "$json:3:" "NeverForceUnwrap" <<< "echo 'let x = Int(\"1\")!' >> $json"

expect arrows "Package.swift:8:" "points to a lower layer" <<< "sed -i 's/name: \"NeedletailJSON\")/name: \"NeedletailJSON\", dependencies: [\"NeedletailModels\"])/' Package.swift
  sed -i 's/dependencies: \\[\"NeedletailTensor\"\\]/dependencies: []/' Package.swift"
expect arrows "$json:3:" "points to a lower layer" <<< "echo 'public import NeedletailModels' >> $json"
expect arrows "$json:3:" "not among the dependencies" <<< "echo 'import NeedletailTensor' >> $json"
expect arrows "Sources/NeedletailModels/A.swift:1:" "only NeedletailTensor imports" <<< "echo 'import CNeedletail' > Sources/NeedletailModels/A.swift"
expect arrows "Tests/NeedletailJSONTests/A.swift:1:" "only NeedletailTensor imports" <<< "echo 'import CNeedletail' > Tests/NeedletailJSONTests/A.swift"
expect arrows "Tests/NeedletailJSONTests/A.swift:1:" "points to a lower layer" <<< "echo 'import NeedletailTensor' > Tests/NeedletailJSONTests/A.swift"
expect arrows "$json:3:" "only tests use" <<< "echo 'import NeedletailTestSupport' >> $json"
expect arrows "Package.swift:14:" "nobody imports the command line" <<< "sed -i '13a .testTarget(name: \"NeedletailModelsTests\", dependencies: [\"needletail-cli\"]),' Package.swift"
expect arrows "Package.swift:8:" "has no row" <<< "sed -i '/NeedletailJSON/d' ARCHITECTURE.md"
expect arrows "ARCHITECTURE.md:1:" "does not have" <<< "echo '| 2 | \`NeedletailIndex\` | ? |' >> ARCHITECTURE.md"
expect arrows "ARCHITECTURE.md:10:" "twice" <<< "echo '| 2 | \`NeedletailJSON\` | ? |' >> ARCHITECTURE.md"
expect arrows "Tests/NeedletailTensorTests:1:" "nothing builds it" <<< "mkdir Tests/NeedletailTensorTests; echo 'let x = 1' > Tests/NeedletailTensorTests/A.swift"
expect arrows "$json:3:" "only behind #else" <<< "echo 'public import Foundation' >> $json"
expect arrows "$json:4:" "only behind #else" <<< "printf '#if canImport(FoundationEssentials)\nimport Foundation\n#endif\n' >> $json"
expect arrows "$json:3:" "behind #if canImport" <<< "echo 'import FoundationEssentials' >> $json"

expect sizes "$json:602:" "split it" <<< "for i in \$(seq 600); do echo \"let x\$i = 1\"; done >> $json"
expect sizes "$json:3:" "says nothing with \"Manager\"" <<< "echo 'struct ModelManager {}' >> $json"
expect sizes "Sources/NeedletailJSON/JSONUtils.swift:1:" "says nothing with \"Utils\"" <<< "echo 'let x = 1' > Sources/NeedletailJSON/JSONUtils.swift"
expect sizes "Sources/CNeedletail/common.h:1:" "says nothing" <<< "echo 'int x;' > Sources/CNeedletail/common.h"

for construct in 'let x = try! f()' 'let x = y as! Int' 'fatalError("x")' '@testable import A' 'let x = String(format: "x")' \
  'print("x")' '// TODO: later' '/// FIXME'; do
  expect banned "$json:3:" "" <<< "echo '$construct' >> $json"
done
expect banned "Tests/NeedletailJSONTests/A.swift:1:" "@testable" <<< "echo '@testable import NeedletailJSON' > Tests/NeedletailJSONTests/A.swift"
expect banned "$json:3:" "detached" <<< "echo 'let x = Task.detached { }' >> $json"
expect banned "$json:3:" "Mutex" <<< "echo 'nonisolated(unsafe) var x = 1' >> $json"
expect banned "$json:3:" "without proof" <<< "echo 'struct S: @unchecked Sendable {}' >> $json"
expect banned "Package.swift:8:" "unsafeFlags" <<< "sed -i 's/name: \"NeedletailJSON\")/name: \"NeedletailJSON\", swiftSettings: [.unsafeFlags([])])/' Package.swift"
expect banned "Sources/CNeedletail/one.c:3:" "instruction set" <<< "echo '#include <immintrin.h>' >> Sources/CNeedletail/one.c"
expect banned "Sources/CNeedletail/avx2.c:1:" "instruction set" <<< "echo '#include <arm_neon.h>' > Sources/CNeedletail/avx2.c"
expect banned "Sources/CNeedletail/one.c:3:" "never print" <<< "echo 'void *x(void) { return malloc(1); }' >> Sources/CNeedletail/one.c"

expect documentation "$json:3:" "public func f" <<< "echo 'public func f() {}' >> $json"
expect documentation "$json:4:" "public var x" <<< "printf 'extension Int {\n  @inlinable public static var x: Int { 1 }\n}\n' >> $json"
expect documentation "$json:5:" "public func f" <<< "printf '/// P.\npublic protocol P {\n  func f()\n}\n' >> $json"

expect documentation "Sources/NeedletailTensor/NeedletailTensor.docc/NeedletailTensor.md:1:" "is missing" <<< "rm -r Sources/NeedletailTensor/*.docc"
expect papers "README.md:4:" "names no heading" <<< "echo '[x](ARCHITECTURE.md#the-mop)' >> README.md"
expect papers "docs/README.md:1:" "does not link docs/more.md" <<< "echo '# More' > docs/more.md"
expect papers "README.md:4:" "leads nowhere" <<< "echo '[x](docs/none.md)' >> README.md"
expect papers "README.md:4:" "there is no Sources/None.swift" <<< "echo '\`Sources/None.swift\`' >> README.md"
expect papers "README.md:4:" "no path ends in" <<< "echo '\`NeedletailJSON/None.swift\`' >> README.md"
expect papers "docs/decisions/0001-other.md:1:" "belongs to 0001-layers.md" <<< "echo '# 0001 Other' > docs/decisions/0001-other.md"
expect papers "docs/decisions/0002-other.md:1:" "should begin with" <<< "echo '# Other' > docs/decisions/0002-other.md"
expect papers "docs/decisions/other.md:1:" "rename it" <<< "echo '# Other' > docs/decisions/other.md"
expect papers "$json:3:" "name the page" <<< "echo '// docs/decisions/0009-gone.md' >> $json"

for place in w""ork r""oot ho""me/somebody Us""ers/somebody t""mp/build; do
  expect places "README.md:4:" "one machine" <<< "echo 'see /$place/y' >> README.md"
done
expect places "Tests/NeedletailJSONTests/Fixtures/a.json:1:" "one machine" <<< "mkdir Tests/NeedletailJSONTests/Fixtures; echo '\"/ho""me/somebody/a\"' > Tests/NeedletailJSONTests/Fixtures/a.json"

# What must not be a fault: words in comments and strings, what a condition guards, files named after their set.
cd "$work/clean" || exit 1
cat > Sources/NeedletailJSON/Quiet.swift <<'EOF'
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Never `fatalError(`; see print("x") and as! in comments.
let quiet = "try! as! fatalError( print( \(String("as! \(1)"))"

// public func undocumented() {}
/// `@unchecked Sendable`: nothing is in it.
struct Empty: @unchecked Sendable {}
let examples = "/home/x/h, ~/work/x, $work/root/dev, https://a.example/work/x"
let text = """
  import NeedletailModels
  public func f() { print("x") }
  """
EOF
printf '#include <immintrin.h>\n' > Sources/CNeedletail/avx2.c
for i in $(seq 450); do echo "let line$i = 1"; done > Sources/NeedletailJSON/Long.swift
cases=$((cases + 1))
output=$(Scripts/check 2>&1) || { failures=$((failures + 1)); echo "check-selftest: found faults where there are none:"; echo "$output"; }
grep -q 'Long.swift:450: warning' <<< "$output" || { failures=$((failures + 1)); echo "check-selftest: no warning for 450 lines"; }

[ "$failures" = 0 ] || { echo "check-selftest: $failures of $cases cases went wrong"; exit 1; }
echo "check-selftest: $cases cases ok"
