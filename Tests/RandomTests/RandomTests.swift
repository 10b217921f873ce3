import SeqaeRandom
import Testing

/// The known answers published with Random123 (kat_vectors, philox4x32 with 10 rounds).
@Test(arguments: [
  (
    SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
    SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
  ),
  (
    SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
    SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
  ),
  (
    SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
    SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
    SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
  ),
])
func philoxGivesThePublishedAnswers(
  counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>
) {
  #expect(Philox.block(counter: counter, key: key) == expected)
}

@Test func aChildDoesNotDependOnWhatWasDrawn() {
  let fresh = Random(seed: 3)
  let used = Random(seed: 3)
  for _ in 0..<100 { _ = used.next() }
  #expect(fresh.child("noise").next() == used.child("noise").next())
  #expect(fresh.child(1, 2).next() == used.child(1, 2).next())
}

@Test func seedsNamesAndNumbersTellGeneratorsApart() {
  let random = Random(seed: 3)
  let draws = [
    random.child("a"), random.child("b"), random.child("ab"), random.child(1), random.child(2),
    random.child(1, 2), random.child(2, 1), Random(seed: 3), Random(seed: 4),
  ].map { $0.next() }
  #expect(Set(draws).count == draws.count)
}

@Test func integersAreUniform() {
  let random = Random(seed: 1)
  var counts = [Int](repeating: 0, count: 7)
  for _ in 0..<70_000 { counts[random.integer(below: 7)] += 1 }
  // χ² with 6 degrees of freedom stays below 22.5 with probability 0.999.
  let chiSquared = counts.reduce(0.0) {
    $0 + (Double($1) - 10_000) * (Double($1) - 10_000) / 10_000
  }
  #expect(chiSquared < 22.5)
}

@Test func normalNumbersHaveMeanZeroAndVarianceOne() {
  let random = Random(seed: 2)
  let draws = (0..<50_000).map { _ in random.normal() }
  let mean = draws.reduce(0, +) / 50_000
  let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 50_000
  #expect(abs(mean) < 0.02)
  #expect(abs(variance - 1) < 0.03)
}

@Test func shuffleKeepsEveryElement() {
  var array = Array(0..<100)
  Random(seed: 5).shuffle(&array)
  #expect(array != Array(0..<100))
  #expect(array.sorted() == Array(0..<100))
}
