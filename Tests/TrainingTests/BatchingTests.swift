import SeqaeFiles
import SeqaeRandom
import SeqaeTraining
import Testing

private struct Example: Sendable, Hashable {
  let number: Int
  let length: Int
}

private func source(
  seed: UInt64 = 5, tokens: Int = 60, fingerprint: String = "a",
  keeps: @escaping @Sendable (Int) -> Bool = { _ in true }
) -> BucketedBatches<Example, [Example]> {
  var configuration = BucketedBatches<Example, [Example]>.Configuration()
  configuration.tokens = tokens
  configuration.window = 50
  configuration.seed = seed
  return BucketedBatches(
    configuration, fingerprint: fingerprint, epochLength: 120,
    examples: { range, _ in
      range.filter(keeps).map { number in
        Example(
          number: number, length: 1 + Random(seed: 9).child(UInt64(number)).integer(below: 30))
      }
    }, length: \.length,
    batch: { TrainingBatch($0, tokens: $0.reduce(0) { $0 + $1.length }) })
}

/// The next batches until `count` examples have come.
private func take(
  _ count: Int, _ source: inout BucketedBatches<Example, [Example]>
) throws -> [[Example]] {
  var batches: [[Example]] = []
  while batches.joined().count < count { batches.append(try source.next().batch) }
  return batches
}

@Test func aWindowGivesEachOfItsExamplesOnce() throws {
  var source = source()
  for window in 0..<3 {
    let numbers = try take(50, &source).joined().map(\.number)
    #expect(numbers.sorted() == Array(window * 50..<window * 50 + 50))
  }
}

@Test func noBatchExceedsItsTokensWithPadding() throws {
  var source = source()
  var padded = 0
  var real = 0
  for batch in try take(200, &source) {
    let width = batch.map(\.length).max() ?? 0
    #expect(batch.count * width <= 60)
    padded += batch.count * width
    real += batch.reduce(0) { $0 + $1.length }
  }
  // Sorted by length, a window of 50 pads little: unsorted it would be about half.
  #expect(Double(real) / Double(padded) > 0.85)
}

@Test func anExampleLongerThanABatchComesAlone() throws {
  var source = source(tokens: 10)
  for batch in try take(100, &source) where batch.contains(where: { $0.length > 10 }) {
    #expect(batch.count == 1)
  }
}

@Test func batchesDependOnTheSeedAndNothingElse() throws {
  var (first, again, other) = (source(), source(), source(seed: 6))
  let batches = try take(150, &first)
  #expect(batches == (try take(150, &again)))
  #expect(batches != (try take(150, &other)))
}

@Test func batchesComeInRandomOrderOfLength() throws {
  var source = source()
  let widths = try take(50, &source).map { $0.map(\.length).max() ?? 0 }
  #expect(widths != widths.sorted())
}

@Test func anyPositionCanBeTakenUpAgain() throws {
  var whole = source()
  let batches = try take(150, &whole)
  for position in batches.indices.dropLast() {
    var stopped = source()
    for _ in 0..<position { _ = try stopped.next() }
    let saved = stopped.state.serialized()
    var resumed = source()
    try resumed.restore(try JSON.parse(saved, name: "state"), name: "state")
    #expect(resumed.epoch == stopped.epoch)
    #expect(try resumed.next().batch == batches[position])
    _ = try stopped.next()
    let (next, expected) = (try resumed.next().batch, try stopped.next().batch)
    #expect(next == expected)
  }
}

@Test func positionsInOtherDataAreRefused() throws {
  let saved = source().state
  for changed in [source(fingerprint: "b"), source(tokens: 61)] {
    var changed = changed
    let failure = #expect(throws: Failure.self) {
      try changed.restore(saved, name: "state.json")
    }
    #expect(failure?.kind == .data)
    #expect(failure?.message.contains("state.json") == true)
  }
  var other = source()
  #expect(throws: Failure.self) { try other.restore(["window": -1, "batch": 0], name: "s") }
  #expect(throws: Failure.self) { try other.restore([], name: "s") }
}

@Test func windowsWithoutExamplesArePassedOverButNotForEver() throws {
  var sparse = source(keeps: { $0 % 130 == 129 })
  #expect(try sparse.next().batch.map(\.number) == [129])
  #expect(try sparse.next().batch.map(\.number) == [259])
  var empty = source(keeps: { _ in false })
  let failure = #expect(throws: Failure.self) { try empty.next() }
  #expect(failure?.kind == .data)
}

@Test func epochsCountPassesThroughTheData() throws {
  var source = source()
  #expect(source.epoch == 0)
  _ = try take(100, &source)
  _ = try source.next()
  // Two windows of 50 of 120, and one batch of the third.
  #expect(source.epoch > 100.0 / 120 && source.epoch < 150.0 / 120)
}
