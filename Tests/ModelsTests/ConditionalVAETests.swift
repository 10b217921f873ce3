import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private func conditional(
  seed: UInt64, on backend: any Backend = CPUBackend.shared, sizes: LatentConfiguration? = nil
) throws -> ConditionalVAE {
  var sizes = try sizes ?? latentSizes()
  sizes.classes = ["bad", "good"]
  var configuration = ConditionalVAE.Configuration(sizes)
  configuration.vae.beta = 0.5
  return try ConditionalVAE(
    configuration, tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: seed)), on: backend))
}

private func examples(
  _ model: ConditionalVAE, _ texts: [(String, Int)]
) -> [ReconstructionExample] {
  let make = model.examples()
  return texts.compactMap { make(Array($0.0.utf8), label: $0.1, using: Random(seed: 0)) }
}

@Test func changingTheLabelAloneChangesTheOutput() throws {
  // Eight beginnings, each with two ends that only the class tells apart.
  let model = try conditional(seed: 3)
  let starts = ["a cat", "two dogs", "the sea", "she", "how", "good", "今天", "中国"]
  let texts = starts.flatMap { [("\($0) are ", 0), ("\($0) hello", 1)] }
  model.learn(model.batch(examples(model, texts)), steps: 400)
  let ids = starts.map { model.tokenizer.encode("\($0) are ").ids }
  let codes = model.codes(of: ids, labels: [Int](repeating: 0, count: starts.count))
  func written(_ label: Int) -> [String] {
    model.write(codes.map { LatentCode($0.vector, label: label) }).map {
      String(decoding: model.tokenizer.decode($0), as: UTF8.self)
    }
  }
  #expect(written(0).allSatisfy { $0.hasSuffix("are ") })
  #expect(written(1).allSatisfy { $0.hasSuffix("hello") })
  #expect(written(0) == starts.map { "\($0) are " })
}

@Test func theClassEntersEncoderAndDecoder() throws {
  let model = try conditional(seed: 5)
  let ids = [model.tokenizer.encode("a dog").ids]
  let (zero, one) = (model.encode(ids, labels: [0]), model.encode(ids, labels: [1]))
  #expect(zero.mean.floats() != one.mean.floats())
  func losses(_ label: Int) -> [Double] {
    model.reconstruction(
      model.batch(examples(model, [("a dog", label)])), from: zero.mean
    ).doubles()
  }
  #expect(losses(0) != losses(1))
}

@Test func theGradientOfAConditionalLossIsThatOfDifferences() throws {
  var sizes = try latentSizes(width: 8, size: 3, positions: 16)
  sizes.transformer.feedForward = 12
  let model = try conditional(seed: 4, on: ReferenceBackend(), sizes: sizes)
  let batch = model.batch(examples(model, [("a dog", 0), ("two dogs run", 1), ("晓", 1)]))
  // A constant added to every key changes no softmax.
  let parameters = model.parameters.filter { !$0.name.hasSuffix("k_proj.bias") }
  let mismatch = gradientMismatch(parameters, tolerance: 1e-6) {
    model.objectives(batch, .training(Random(seed: 7)))[0].loss().total
  }
  #expect(mismatch == nil)
}

@Test func aConditionalConfigurationComesBackFromItsFile() throws {
  var sizes = try latentSizes()
  sizes.classes = ["bad", "好"]
  var configuration = ConditionalVAE.Configuration(sizes)
  configuration.vae.freeBits = 0.2
  let json = configuration.json
  #expect(try ConditionalVAE.Configuration(json: json, name: "config.json") == configuration)
  for classes in [["a"], ["a", "a"], [1, 2], "a"] as [JSON] {
    var changed = try #require(json.objectValue)
    changed["classes"] = classes
    let failure = #expect(throws: Failure.self) {
      try ConditionalVAE(
        try ConditionalVAE.Configuration(json: .object(changed), name: "config.json"),
        tokenizer: try sentenceTokenizer(), in: ParameterStore(.fresh(Random(seed: 1))))
    }
    #expect(failure?.kind == .data)
    #expect(failure?.message.contains("classes") == true)
  }
}
