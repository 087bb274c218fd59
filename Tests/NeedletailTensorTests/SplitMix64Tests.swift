import NeedletailTensor
import Testing

@Suite("SplitMix64")
struct SplitMix64Tests {
  @Test("numbers are those of the reference implementation, by place as in order")
  func numbers() {
    // Vigna's splitmix64.c with the state 1234567, and java.util.SplittableRandom(0).
    var sequence = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in sequence.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
    var first = SplitMix64(seed: 0)
    for place in 0..<100 { #expect(first.next() == SplitMix64.number(at: place)) }
    #expect(SplitMix64.number(at: 0) == 0xE220_A839_7B1D_CDAF)
  }

  @Test("parts are 0 to less than 1")
  func parts() {
    var sequence = SplitMix64(seed: 7)
    let parts = (0..<10_000).map { _ in sequence.nextPart() }
    #expect(parts.allSatisfy { (0..<1).contains($0) })
    #expect(abs(parts.reduce(0, +) / 10_000 - 0.5) < 0.02)
  }
}
