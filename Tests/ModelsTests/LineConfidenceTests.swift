import SeqaeModels
import Testing

@Test(
  arguments: [
    // Edits, code points, and whether 0.9 of a short line and 0.999 of a long one are reached: −ln of the share left is
    // 2.303 and 6.908, and in between 2.303 + 4.605 · n / 200.
    ([], 10, false),
    ([0.9], 0, true),
    ([0.9], 10, false),  // 2.303 of 2.533
    ([0.93], 10, true),  // 2.659
    ([0.6, 0.8], 5, true),  // 0.916 + 1.609 = 2.526 of 2.418
    ([0.6, 0.8], 20, false),  // of 2.763
    ([0.9899], 100, false), ([0.9901], 100, true),  // 4.595 and 4.615 of 4.605
    ([0.9989], 200, false), ([0.9991], 200, true), ([0.9991], 100_000, true),
    ([1], 100_000, true),
  ] as [([Double], Int, Bool)])
func theLongerALineTheSurerItMustBe(_ edits: [Double], _ count: Int, _ isReached: Bool) {
  let confidence = LineConfidence(short: 0.9, long: 0.999)
  #expect(confidence.isReached(by: edits, of: count) == isReached)
  #expect(LineConfidence.none.isReached(by: edits, of: count))
}

@Test func moreEditsAreNeverLessSure() {
  let confidence = LineConfidence(short: 0.9, long: 0.99)
  for first in stride(from: 0.0, through: 1, by: 0.05) {
    for second in stride(from: 0.0, through: 1, by: 0.05)
    where confidence.isReached(by: [first], of: 50) {
      #expect(confidence.isReached(by: [first, second], of: 50))
    }
  }
}
