import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private func language(
  seed: UInt64, on backend: any Backend = CPUBackend.shared, width: Int = 32,
  wordDropout: Float = 0
) throws -> LanguageModel {
  let sizes = try latentSizes(width: width).transformer
  return try LanguageModel(
    sizes, tokenizer: try sentenceTokenizer(), wordDropout: wordDropout,
    in: ParameterStore(.fresh(Random(seed: seed)), on: backend))
}

private func batch(_ model: LanguageModel, _ texts: [String]) -> ReconstructionBatch {
  let make = model.examples
  return model.batch(texts.compactMap { make(Array($0.utf8), using: Random(seed: 0)) })
}

private func learn(_ model: LanguageModel, _ batch: ReconstructionBatch, steps: Int) {
  var optimizer = AdamW()
  for step in 0..<steps {
    let objective = model.objectives(batch, .training(Random(seed: UInt64(step))))[0]
    let (_, gradients) = withGradients { objective.loss() }
    _ = optimizer.step(objective.parameters, gradients, rate: 5e-3, maximumNorm: 1)
  }
}

@Test func aTextsProbabilityIsItsOwnWhateverItIsBatchedWith() throws {
  let model = try language(seed: 2)
  let together = batch(model, sixteenSentences)
  let losses = model.losses(together).doubles()
  for (row, text) in sixteenSentences.enumerated() {
    #expect(abs(model.losses(batch(model, [text])).item() - losses[row]) < 1e-3)
  }
  // The loss that is trained is their mean over the tokens.
  let mean = model.objectives(together, .inference)[0].loss().total.item()
  #expect(abs(mean * Double(together.tokens) - losses.reduce(0, +)) < 1e-2)
}

@Test func theProbabilitiesOfAllTextsOfOneTokenAddUpToThatOfEndingThere() throws {
  // Σ_a p(a) p(end | a) and Σ_a p(a) = 1 − p(end): by the steps' softmax, not by the loss.
  let model = try language(seed: 2)
  let vocabulary = model.tokenizer.vocabulary.count
  let ids = (0..<vocabulary).map { Int32($0) }
  let examples = ids.map { ReconstructionExample(source: [2], target: [$0]) }
  let sum = model.losses(model.batch(examples)).doubles().reduce(0) { $0 + exp(-$1) }
  #expect(abs(sum - 1) < 1e-4)
}

@Test func aModelWithoutHistoryKnowsWordsByTheirPositionsAlone() throws {
  // p(x) = Π p(xₜ | t), so tokens of the same position can be exchanged between two texts.
  func change(_ wordDropout: Float) throws -> Double {
    let model = try language(seed: 5, wordDropout: wordDropout)
    let texts: [[Int32]] = [[20, 30, 40, 2], [21, 31, 41, 2], [20, 31, 40, 2], [21, 30, 41, 2]]
    let examples = texts.map { ReconstructionExample(source: [2], target: $0) }
    let losses = model.losses(model.batch(examples)).doubles()
    return abs(losses[0] + losses[1] - losses[2] - losses[3])
  }
  #expect(try change(1) < 1e-4)
  #expect(try change(0) > 1e-2)
  // What it draws it draws by these probabilities, too: after any first word the same.
  let model = try language(seed: 5, wordDropout: 1)
  let draws = model.draw((0..<8).map { Random(seed: $0) }, temperature: 0)
  #expect(Set(draws).count == 1)
  let drawn = try #require(draws.first)
  let likeliest = drawn.indices.map { place in
    let rest = (0..<Int32(model.tokenizer.vocabulary.count)).map { token in
      var ids = drawn
      ids[place] = token
      return ReconstructionExample(source: [2], target: ids)
    }
    return model.losses(model.batch(rest)).doubles().enumerated().min { $0.element < $1.element }
  }
  #expect(likeliest.map { $0.map { Int32($0.offset) } } == drawn.map(Optional.some))
}

@Test func theGradientOfALanguageModelIsThatOfDifferences() throws {
  let model = try language(seed: 4, on: ReferenceBackend(), width: 8)
  let batch = batch(model, ["a dog", "two dogs run", "晓"])
  // A constant added to every key changes no softmax.
  let parameters = model.parameters.filter { !$0.name.hasSuffix("k_proj.bias") }
  let mismatch = gradientMismatch(parameters, tolerance: 1e-6) {
    model.objectives(batch, .inference)[0].loss().total
  }
  #expect(mismatch == nil)
}

@Test func aLanguageModelLearnsAndDrawsWhatItHasRead() throws {
  let model = try language(seed: 3)
  let batch = batch(model, sixteenSentences)
  learn(model, batch, steps: 300)
  // Which sentence it is takes log 16 nats; the rest is known.
  let nats = model.losses(batch).sum().item() / 16
  #expect(nats >= log(16) && nats < log(16) + 0.5)
  // Step by step as all at once: else what is drawn were nonsense.
  let drawn = model.draw((0..<20).map { Random(seed: 5).child(UInt64($0)) }, temperature: 1)
  let texts = drawn.map { String(decoding: model.tokenizer.decode($0), as: UTF8.self) }
  #expect(texts.count { sixteenSentences.contains($0) } > 15)
  #expect(Set(texts).count > 5)
  let one = model.draw([Random(seed: 5).child(3)], temperature: 1)
  #expect(one[0] == drawn[3])
}
