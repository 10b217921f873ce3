import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

// Marks, of which any number may go.
private let marks = ["，。！", "、；：", "*~+- ", ".,;: ", "（）", "\"'?! "]

/// A small model that nobody trained, which deletes here and there and writes nothing.
private func wildModel(seed: UInt64) throws -> DenoisingAutoencoder {
  var trainer = CharacterTrainer()
  for mark in marks { trainer.count(Array(mark.utf8)) }
  let tokenizer = try Tokenizer(characters: try trainer.vocabulary(size: 360, including: ""))
  var configuration = try DenoisingAutoencoder.configuration(for: tokenizer)
  configuration.width = 16
  configuration.heads = 2
  configuration.feedForward = 16
  configuration.encoderLayers = 1
  configuration.decoderLayers = 1
  configuration.maximumPositions = 64
  configuration.dropout = 0
  let random = Random(seed: seed)
  let model = try DenoisingAutoencoder(
    configuration, tokenizer: tokenizer, in: ParameterStore(.fresh(random)))
  for parameter in model.parameters where parameter.name.hasPrefix("operation") {
    let isBias = parameter.name.hasSuffix("bias")
    parameter.update {
      $0 =
        isBias
        ? Tensor([0, 0, -99], [3])
        : Tensor((0..<$0.shape.count).map { _ in Float(random.normal()) / 2 }, $0.shape)
    }
  }
  return model
}

/// A line of at least `size` bytes of marks.
private func longLine(_ size: Int, _ random: Random) -> [UInt8] {
  var line: [UInt8] = []
  while line.count < size { line += random.element(of: marks).utf8 }
  return line
}

/// Makes a model delete whatever it reads.
private func makeDeleting(_ model: DenoisingAutoencoder) {
  for parameter in model.parameters where parameter.name.hasPrefix("operation") {
    let isBias = parameter.name.hasSuffix("bias")
    parameter.update { $0 = isBias ? Tensor([0, 9, 0], [3]) : $0 * 0 }
  }
}

private func stretches(of line: [UInt8]) -> [[UInt8]] {
  Boundaries.stretches(of: line, limit: 1 << 12).map { Array(line[$0]) }
}

@Test func changesOnBothSidesOfACutAreOne() throws {
  let model = try wildModel(seed: 1)
  makeDeleting(model)
  let line = Array(String(repeating: "，", count: 6_000).utf8)
  let repair = model.repair([line], RepairOptions(minimumConfidence: 0.5))[0]
  #expect(repair.text.isEmpty && !repair.isWithheld)
  #expect(repair.edits.count == 1)
  let isWhole = repair.edits.first?.offset == 0 && repair.edits.first?.removed == line
  #expect(isWhole)
}

@Test func eachStretchOfALineIsJudgedByItself() throws {
  let model = try wildModel(seed: 1)
  makeDeleting(model)
  let text = String(repeating: "天气。", count: 700) + String(repeating: "，", count: 3_000)
  let line = Array(text.utf8)
  let repair = model.repair([line], RepairOptions(minimumConfidence: 0.5))[0]
  // To delete a stretch of more than four letters is not believable, and to delete marks is.
  let rest = stretches(of: line).filter { part in
    String(decoding: part, as: UTF8.self).count { $0 == "天" || $0 == "气" } > 4
  }
  let isRest = repair.text == rest.flatMap { $0 }
  #expect(isRest)
  #expect(repair.isWithheld && repair.changed)
  #expect(repair.edits.map(\.offset) == [codePointCount(repair.text)])
  #expect(model.repair([line + line], RepairOptions(minimumConfidence: 0.5))[0].edits.count > 1)
}

@Test func stretchesOfALineAreRepairedAsLinesAre() throws {
  var (again, edits) = (0, 0)
  for seed in UInt64(1)..<3 {
    let random = Random(seed: seed)
    let model = try wildModel(seed: seed)
    let line = longLine(10_000, random)
    let parts = stretches(of: line)
    #expect(parts.count > 2)
    let options = RepairOptions(minimumConfidence: 0)
    let whole = model.repair([Array("first".utf8), line], options)[1]
    let alone = model.repair(parts, options)
    let isJoined = whole.text == alone.flatMap(\.text)
    #expect(isJoined)
    #expect(whole.isWithheld == alone.contains(where: \.isWithheld))
    // What is repaired side by side changes the last digits.
    let lowest = alone.map(\.confidence).min() ?? 1
    #expect(abs(whole.confidence - lowest) < 1e-4)
    // The edits, whose offsets are those of the line, give the text.
    let scalars = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
    var rebuilt = String.UnicodeScalarView()
    var place = 0
    for edit in whole.edits {
      let removed = Array(String(decoding: edit.removed, as: UTF8.self).unicodeScalars)
      #expect(edit.offset > place || place == 0, "neighbouring changes are one edit")
      rebuilt.append(contentsOf: scalars[place..<edit.offset])
      #expect(Array(scalars[edit.offset..<edit.offset + removed.count]) == removed)
      rebuilt.append(contentsOf: String(decoding: edit.inserted, as: UTF8.self).unicodeScalars)
      place = edit.offset + removed.count
    }
    rebuilt.append(contentsOf: scalars[place...])
    let isRebuilt = Array(String(rebuilt).utf8) == whole.text
    #expect(isRebuilt)
    edits += whole.edits.count
    again += zip(alone, model.look(at: parts, options)).count {
      !$0.isWithheld && $0.text != $1.text
    }
  }
  #expect(edits > 100 && again > 0, "\(edits) edits, \(again) stretches looked at again")
}

@Test func memoryIsAFewTimesThatOfTheLine() async {
  // In a process of its own, since a peak is one of the whole process.
  await #expect(processExitsWith: .success) {
    let model = try wildModel(seed: 2)
    let random = Random(seed: 2)
    let options = RepairOptions(minimumConfidence: 0)
    // What the model itself needs, whatever the line.
    _ = model.repair([longLine(40_000, random)], options)
    let line = longLine(200_000, random)
    let before = try #require(peakMemory())
    let repair = model.repair([line], options)[0]
    let after = try #require(peakMemory())
    #expect(repair.edits.count > 1_000)
    #expect(after - before < 12 * line.count, "\(after - before) bytes for \(line.count)")
  }
}
