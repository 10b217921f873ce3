import SeqaeModels
import SeqaeRandom
import SeqaeRecipes
import TestSupport
import Testing

private func calibration(_ edits: [(confidence: Double, isRight: Bool)]) -> Calibration {
  var calibration = Calibration()
  for edit in edits { calibration.add(confidence: edit.confidence, isRight: edit.isRight) }
  return calibration
}

@Test func theExpectedCalibrationErrorIsThatCountedByHand() {
  // 0.9 … 1: mean 0.95, all right; 0.5 … 0.6: mean 0.5, a quarter right.
  let sample = calibration([
    (0.9, true), (1, true), (0.5, true), (0.5, false), (0.5, false), (0.5, false),
  ])
  #expect(sample.count == 6)
  #expect(abs(sample.expectedError - (2.0 / 6 * 0.05 + 4.0 / 6 * 0.25)) < 1e-12)
  #expect(sample.bins[9].count == 2)
  #expect(sample.bins[5].right == 0.25)
  #expect(Calibration().expectedError == 0)
}

@Test func whoIsRightAsOftenAsHeSaysHasNoError() {
  let random = Random(seed: 7)
  var honest = Calibration()
  var boastful = Calibration()
  for _ in 0..<20_000 {
    let confidence = random.uniform()
    honest.add(confidence: confidence, isRight: random.chance(confidence))
    boastful.add(confidence: confidence, isRight: random.chance(confidence * confidence))
  }
  #expect(honest.expectedError < 0.02)
  #expect(abs(boastful.expectedError - 1.0 / 6) < 0.02)  // ∫ p − p²
}

/// The bins that hold the edits of one repair, which are right where the last one does.
private func judged(_ noisy: String, _ clean: String, _ edits: (Int, String, String)...) -> [Bool] {
  edits.map { offset, removed, inserted in
    let edit = Repair.Edit(
      offset: offset, removed: utf8(removed), inserted: utf8(inserted), confidence: 1)
    var calibration = Calibration()
    calibration.add(
      Repair(text: [], edits: [edit], confidence: 1),
      of: DenoisingPair(noisy: utf8(noisy), clean: utf8(clean)))
    return calibration.bins[9].right == 1
  }
}

@Test func anEditIsRightIfAllOfItIs() {
  #expect(
    judged("中，，，国", "中国", (1, "，，，", ""), (1, "，", ""), (0, "中", ""), (1, "，，，国", ""))
      == [true, true, false, false])
  // Either of two equal neighbours may go.
  #expect(
    judged("goood", "good", (1, "o", ""), (3, "o", ""), (1, "oo", "")) == [true, true, false])
  #expect(judged("teh", "the", (1, "eh", "he"), (1, "", "h"), (2, "h", "")) == [false, true, true])
  #expect(judged("cot", "cat", (1, "o", "a"), (1, "o", "u"), (1, "o", "")) == [true, false, true])
  #expect(judged("𠮷国x", "国", (0, "𠮷", ""), (2, "x", "")) == [true, true])
}

@Test func theDiagramShowsEachBinAndParses() throws {
  let random = Random(seed: 3)
  var sample = Calibration()
  for _ in 0..<1000 {
    let confidence = random.uniform()
    sample.add(confidence: confidence, isRight: random.chance(confidence))
  }
  let svg = ReliabilityDiagram(sample, title: "<&\"> 中").svg
  #expect(svg.hasPrefix("<svg "))
  #expect(svg.contains("&lt;&amp;&quot;&gt; 中"))
  #expect(svg.split(separator: "class=\"bar\"").count == 11)
  for bin in sample.bins { #expect(svg.contains("\(bin.count) edits, mean confidence")) }
  #expect(ReliabilityDiagram(Calibration(), title: "none").svg.contains("0 edits"))
}
