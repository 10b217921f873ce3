import SeqaeBenchmarks
import SeqaeTensors
import SeqaeTraining
import Testing

/// What a profile says of training steps. There is one profiler in a process.
@Suite(.serialized) struct ProfileTests {
  private static let size = Seq2SeqSize(
    name: "test", width: 32, layers: 2, heads: 2, inner: 64, vocabulary: 200, batch: 4, source: 9,
    target: 8)

  @Test func everyOperationOfAStepIsNamedAndItsTimeIsPartOfTheWhole() throws {
    let network = try Seq2SeqTraining(Self.size, .float32)
    _ = network.step()
    Profiler.start()
    for _ in 0..<3 { _ = network.step() }
    let profile = Profiler.stop()
    for phase in [Profiler.Phase.forward, .backward] {
      let names = Set(profile.rows.filter { $0.phase == phase }.map(\.operation))
      #expect(
        names.isSuperset(of: [
          "embedding", "+", "dropout", "layerNorm", "residualNorm", "linearCrossEntropy",
        ]))
      // Whichever of them are fused.
      #expect(names.contains { $0.lowercased().hasSuffix("attention") })
      #expect(names.contains { $0.hasPrefix("linear") || $0 == "feedForward" })
    }
    let update = profile.rows.filter { $0.phase == .update }
    #expect(Set(update.map(\.operation)) == ["gradient norm", "AdamW"])
    for row in profile.rows {
      #expect(!row.operation.isEmpty && !row.operation.contains("("))
      #expect(row.calls > 0 && row.calls % 3 == 0, "\(row)")
      #expect(row.seconds >= 0 && row.bytes >= 0)
    }
    let parts = profile.rows.reduce(0) { $0 + $1.seconds }
    #expect(parts <= profile.seconds)
    #expect(abs(parts + profile.elsewhere - profile.seconds) < 1e-9)
  }

  @Test func littleOfAStepIsOutsideOfItsOperations() throws {
    let network = try Seq2SeqTraining(Self.size, .float32)
    // Other tests may keep this one waiting at any place, so the best of several counts.
    let shares = (0..<10).map { _ in
      Profiler.start()
      _ = network.step()
      let profile = Profiler.stop()
      return profile.elsewhere / profile.seconds
    }
    #expect(try #require(shares.min()) < 0.25)
  }

  @Test func bytesAreThoseOfOperandsAndResults() {
    let (x, w) = (Tensor([1, 2, 3, 4, 5, 6], [3, 2]), Parameter("w", Tensor([1, 2], [1, 2])))
    Profiler.start()
    _ = withGradients { linear(x, w.tensor, nil).transposed(0, 1).sum() }
    let rows = Profiler.stop().rows
    let bytes = Dictionary(
      uniqueKeysWithValues: rows.map { ("\($0.operation) \($0.phase)", $0.bytes) })
    // x 3 × 2, W 1 × 2, y 3 × 1; then a view; then 3 numbers and their sum. Backward the gradients too.
    #expect(bytes["linear forward"] == 4 * (6 + 2 + 3))
    #expect(bytes["linear backward"] == 8 * (6 + 2 + 3))
    #expect(bytes["transposed forward"] == 0 && bytes["transposed backward"] == 0)
    #expect(bytes["sum forward"] == 4 * (3 + 1))
  }

  @Test func aProfileChangesNoResultAndEndsWhereItIsStopped() throws {
    let plain = try Seq2SeqTraining(Self.size, .float32)
    let profiled = try Seq2SeqTraining(Self.size, .float32)
    let expected = (0..<2).map { _ in plain.step() }
    Profiler.start()
    let found = (0..<2).map { _ in profiled.step() }
    #expect(!Profiler.stop().rows.isEmpty && !Profiler.isOn)
    #expect(found == expected)
    _ = plain.step()
    Profiler.start()
    #expect(Profiler.stop().rows.isEmpty)
  }

  @Test func aTableHasALineForEachRowAndTheSums() throws {
    let network = try Seq2SeqTraining(Self.size, .float32)
    Profiler.start()
    for _ in 0..<2 { _ = network.step() }
    let profile = Profiler.stop()
    let lines = ProfileTable.text(profile, steps: 2).split(separator: "\n")
    #expect(lines[0] == "time of a step, mean of 2:")
    #expect(lines.count == profile.rows.count + 4)
    #expect(lines.contains { $0.hasPrefix("linearCrossEntropy  forward ") })
    #expect(lines[lines.count - 2].hasPrefix("elsewhere "))
    #expect(lines[lines.count - 1].hasPrefix("all ") && lines.last?.hasSuffix("100.0 %") == true)
  }
}
