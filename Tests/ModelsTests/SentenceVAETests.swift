import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private func vae(
  seed: UInt64, on backend: any Backend = CPUBackend.shared,
  _ change: (inout SentenceVAE.Configuration) -> Void = { _ in }
) throws -> SentenceVAE {
  var configuration = SentenceVAE.Configuration(try latentSizes())
  change(&configuration)
  return try SentenceVAE(
    configuration, tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: seed)), on: backend))
}

private func loss(_ model: SentenceVAE, _ batch: ReconstructionBatch, seed: UInt64) -> Loss {
  model.objectives(batch, .training(Random(seed: seed)))[0].loss()
}

private func row(_ values: [Double], _ row: Int, of count: Int) -> ArraySlice<Double> {
  let width = values.count / count
  return values[row * width..<(row + 1) * width]
}

private func areClose(
  _ a: some Sequence<Double>, _ b: some Sequence<Double>, _ tolerance: Double = 1e-4
) -> Bool {
  let (a, b) = (Array(a), Array(b))
  return a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}

// MARK: The divergence and the bound

@Test func theDivergenceFromThePriorIsItsClosedForm() throws {
  // μ = 1, σ² = 1: ½ μ² = ½. μ = 0, σ² = 4: ½ (4 − 1 − ln 4). μ = −2, σ² = e⁻²: ½ (e⁻² + 4 − 1 + 2).
  let q = Posterior(
    mean: Tensor([1, 0, -2, 0], [2, 2]), logVariance: Tensor([0, Float(log(4.0)), -2, 0], [2, 2]))
  let expected = [0.5, 0.5 * (3 - log(4.0)), 0.5 * (exp(-2.0) + 5), 0]
  #expect(areClose(try #require(q.divergences()).doubles(), expected, 1e-6))
  #expect(Posterior(mean: Tensor([1], [1, 1])).divergences() == nil)
}

@Test func theDivergenceIsTheMeanOfTheDifferenceOfLogDensities() throws {
  // E_q[log q(z) − log p(z)], 200,000 draws; its standard error is known from the draws themselves.
  let count = 200_000
  let (mean, logVariance) = (0.7, -0.9)
  let q = Posterior(
    mean: Tensor([Float](repeating: Float(mean), count: count), [count, 1]),
    logVariance: Tensor([Float](repeating: Float(logVariance), count: count), [count, 1]))
  let differences = q.sample(using: Random(seed: 11)).doubles().map { z in
    let ofQ = -0.5 * ((z - mean) * (z - mean) / exp(logVariance) + logVariance)
    return ofQ + 0.5 * z * z
  }
  let found = differences.reduce(0, +) / Double(count)
  let variance = differences.reduce(0) { $0 + ($1 - found) * ($1 - found) } / Double(count)
  let expected = try #require(q.divergences()).doubles()[0]
  #expect(abs(found - expected) < 4 * (variance / Double(count)).squareRoot())
}

@Test func theBoundAndTheGapAddUpToAKnownEvidence() throws {
  // p(z) = N(0, I), p(x | z) = N(Wz, s²): log p(x) = log N(x; 0, WWᵀ + s²). With W = (w₁, w₂) and x a number the
  // evidence is N(0, w² + s²), w² = w₁² + w₂², and of p(z | x) = N(m, S), S = (I + WᵀW/s²)⁻¹, m = SWᵀx/s².
  let (w, s2, x) = ([1.2, -0.5], 0.3, 0.8)
  let norm = w[0] * w[0] + w[1] * w[1]
  let evidence = -0.5 * (log(2 * .pi * (norm + s2)) + x * x / (norm + s2))
  let (mu, v) = ([0.4, 0.1], [0.25, 0.8])  // q: any one
  let q = Posterior(
    mean: Tensor(mu.map { Float($0) }, [1, 2]),
    logVariance: Tensor(v.map { Float(log($0)) }, [1, 2]))
  // E_q (x − Wz)² = (x − Wμ)² + Σ wⱼ² vⱼ.
  let residual = x - w[0] * mu[0] - w[1] * mu[1]
  let square = residual * residual + w[0] * w[0] * v[0] + w[1] * w[1] * v[1]
  let reconstruction = 0.5 * (log(2 * .pi * s2) + square / s2)  // −E_q log p(x | z)
  let kl = try #require(q.divergences()).sum().item()
  // KL(q ‖ p(z | x)), full covariance: ½ (tr(S⁻¹V) + (m − μ)ᵀS⁻¹(m − μ) − 2 + log det S − log det V).
  let precision = [1 + w[0] * w[0] / s2, w[0] * w[1] / s2, 1 + w[1] * w[1] / s2]  // a, b, c
  let determinant = precision[0] * precision[2] - precision[1] * precision[1]
  let m = [w[0], w[1]].map { $0 * x / (norm + s2) }  // SWᵀ/s² = Wᵀ/(WWᵀ + s²)
  let d = [m[0] - mu[0], m[1] - mu[1]]
  let trace = precision[0] * v[0] + precision[2] * v[1]
  let quadratic =
    precision[0] * d[0] * d[0] + 2 * precision[1] * d[0] * d[1] + precision[2] * d[1] * d[1]
  let gap = 0.5 * (trace + quadratic - 2 - log(determinant) - log(v[0] * v[1]))
  #expect(gap > 0.1)
  #expect(abs(-(reconstruction + kl) + gap - evidence) < 1e-6)
}

@Test func atBetaOneTheLossIsMinusTheBound() throws {
  for (beta, annealed) in [(1, 0), (0.25, 0), (1, 0.25)] as [(Float, Double)] {
    let model = try vae(seed: 2) {
      $0.beta = beta
      if annealed > 0 { $0.annealing = Annealing(.linear, share: 1) }
    }
    let batch = model.batch(model.clean(sixteenSentences))
    let q = model.encode(sixteenSentences.map { model.tokenizer.encode($0).ids })
    let z = q.sample(using: Random(seed: 5))
    let reconstruction = model.reconstruction(batch, from: z).sum().item()
    let kl = try #require(q.divergences()).sum().item()
    let mode = Mode.training(Random(seed: 5))
    let objective =
      annealed > 0
      ? model.objectives(batch, mode, at: TrainingMoment(step: 1, fraction: annealed))[0]
      : model.objectives(batch, mode)[0]
    let found = objective.loss()
    let weight = annealed > 0 ? annealed : Double(beta)
    let expected = reconstruction + weight * kl
    #expect(abs(found.total.item() * Double(batch.tokens) - expected) < 1e-4 * expected)
    #expect(found.terms.map(\.name) == ["reconstruction", "kl", "beta"])
    #expect(areClose(found.terms.map(\.value), [reconstruction / 16, kl / 16, weight]))
  }
}

@Test func freeBitsCountADimensionNoLessThanTheyAllow() throws {
  let (plain, free) = (try vae(seed: 2), try vae(seed: 2) { $0.freeBits = 0.3 })
  let batch = plain.batch(plain.clean(sixteenSentences))
  let divergences = try #require(
    plain.encode(sixteenSentences.map { plain.tokenizer.encode($0).ids }).divergences()
  ).doubles()
  let size = plain.size
  let means = (0..<size).map { j in
    (0..<16).reduce(0) { $0 + divergences[$1 * size + j] } / 16
  }
  #expect(means.contains { $0 < 0.3 } && means.contains { $0 > 0.3 })
  let more = means.reduce(0) { $0 + max(0, 0.3 - $1) } * 16 / Double(batch.tokens)
  let difference =
    loss(free, batch, seed: 5).total.item() - loss(plain, batch, seed: 5).total.item()
  #expect(abs(difference - more) < 1e-5)
}

@Test func theWeightRisesOnceOrAgainAndAgain() {
  let linear = Annealing(.linear, share: 0.5)
  #expect([0, 0.25, 0.5, 0.9, 1].map { linear.weight(at: $0) } == [0, 0.5, 1, 1, 1])
  let cyclic = Annealing(.cyclic, cycles: 4, share: 0.5)
  #expect(
    [0, 0.0625, 0.125, 0.2, 0.25, 0.3125, 1].map { cyclic.weight(at: $0) } == [
      0, 0.5, 1, 1, 0, 0.5, 1,
    ])
  #expect(Annealing(.none).weight(at: 0) == 1)
  #expect(Annealing(.linear, share: 0).weight(at: 0) == 1)
}

// MARK: Gradients

@Test func theGradientOfTheWholeLossIsThatOfDifferences() throws {
  let reference = ReferenceBackend()
  for free in [0, 0.2] as [Float] {
    var sizes = try latentSizes(width: 8, size: 3, positions: 16)
    sizes.transformer.feedForward = 12
    sizes.wordDropout = 0.3
    var configuration = SentenceVAE.Configuration(sizes)
    configuration.beta = 0.7
    configuration.freeBits = free
    let store = ParameterStore(.fresh(Random(seed: 4)), on: reference)
    let model = try SentenceVAE(configuration, tokenizer: try sentenceTokenizer(), in: store)
    let batch = model.batch(model.clean(["a dog", "two dogs run", "晓"]))
    // A constant added to every key changes no softmax.
    let parameters = model.parameters.filter { !$0.name.hasSuffix("k_proj.bias") }
    let mismatch = gradientMismatch(parameters, tolerance: 1e-6) {
      loss(model, batch, seed: 7).total
    }
    #expect(mismatch == nil)
  }
}

// MARK: Laws

@Test func aTextsCodeAndLossAreItsOwnWhateverItIsBatchedWith() throws {
  let model = try vae(seed: 3)
  let order = [5, 0, 15, 3, 6]
  let texts = order.map { sixteenSentences[$0] }
  let together = model.encode(texts.map { model.tokenizer.encode($0).ids })
  let batch = model.batch(model.clean(texts))
  let losses = model.reconstruction(batch, from: together.mean).doubles()
  let turned = model.encode(texts.reversed().map { model.tokenizer.encode($0).ids }).mean.doubles()
  for (place, text) in texts.enumerated() {
    let alone = model.encode([model.tokenizer.encode(text).ids])
    let count = texts.count
    #expect(areClose(row(together.mean.doubles(), place, of: count), alone.mean.doubles()))
    #expect(areClose(row(turned, count - 1 - place, of: count), alone.mean.doubles()))
    #expect(
      areClose(
        row(try #require(together.logVariance).doubles(), place, of: count),
        try #require(alone.logVariance).doubles()))
    let own = model.reconstruction(model.batch(model.clean([text])), from: alone.mean)
    #expect(areClose([losses[place]], own.doubles()))
  }
}

@Test func stepByStepIsAllAtOnce() throws {
  for dropout in [0, 1] as [Float] {
    let model = try vae(seed: 6) { $0.latent.wordDropout = dropout }
    let texts = ["hello world", "今天天气很好"]
    let examples = model.clean(texts)
    let codes = texts.enumerated().map { number, _ in
      LatentCode(Random(seed: UInt64(number)).normals(model.size))
    }
    let z = Tensor(codes.flatMap(\.vector), [2, model.size])
    let whole = model.reconstruction(model.batch(examples), from: z).doubles()
    let decoder = LatentDecoder(model.network)
    for (number, example) in examples.enumerated() {
      // In a batch of two from which the other one leaves at once.
      var state = decoder.start(codes)
      var last: TokenID = 2
      var sum = 0.0
      for (step, id) in example.target.enumerated() {
        let logits = decoder.step(step == 0 ? [2, 2] : [last], &state)
        let own = logits.logSoftmax().doubles()
        let width = logits.shape[1]
        sum -= own[(step == 0 ? number * width : 0) + Int(id)]
        if step == 0 { decoder.reorder(&state, [number]) }
        last = id
      }
      #expect(abs(sum - whole[number]) < 1e-3)
    }
  }
}

@Test func withoutHistoryOnlyTheCodeTellsWhatComesNext() throws {
  for (dropout, isSame) in [(1, true), (0.5, false)] as [(Float, Bool)] {
    let model = try vae(seed: 6) { $0.latent.wordDropout = dropout }
    let decoder = LatentDecoder(model.network)
    let code = LatentCode(Random(seed: 1).normals(model.size))
    func second(after id: TokenID) -> [Float] {
      var state = decoder.start([code])
      _ = decoder.step([2], &state)
      return decoder.step([id], &state).floats()
    }
    #expect((second(after: 20) == second(after: 30)) == isSame)
  }
}

@Test func drawsOfOneTextDoNotDependOnItsNeighbours() throws {
  let model = try vae(seed: 6)
  let codes = (0..<3).map { LatentCode(Random(seed: UInt64($0)).normals(model.size)) }
  func own(_ number: Int) -> Random { Random(seed: 9).child(UInt64(number)) }
  let together = model.write(codes, temperature: 1, using: (0..<3).map { own($0) })
  for number in codes.indices {
    #expect(
      model.write([codes[number]], temperature: 1, using: [own(number)]) == [together[number]])
  }
}

// MARK: Learning

@Test func aVAELearnsSentencesByHeartAndWritesThemFromTheirCodes() throws {
  let model = try vae(seed: 3) { $0.beta = 0.1 }
  let batch = model.batch(model.clean(sixteenSentences))
  model.learn(batch, steps: 400)
  let q = model.encode(sixteenSentences.map { model.tokenizer.encode($0).ids })
  let nats = model.reconstruction(batch, from: q.mean).sum().item() / Double(batch.tokens)
  #expect(nats < 0.05)
  #expect(model.reconstructions(of: sixteenSentences) == sixteenSentences)
  #expect(model.exactTexts(batch, from: q.mean) == 16)
  // What distinguishes sixteen sentences takes log 16 nats or more.
  #expect(try #require(q.divergences()).sum().item() / 16 > log(16))
}

// MARK: Configuration

@Test func aVAEsConfigurationComesBackFromItsFile() throws {
  var configuration = SentenceVAE.Configuration(try latentSizes())
  configuration.beta = 0.3
  configuration.freeBits = 0.1
  configuration.annealing = Annealing(.cyclic, cycles: 3, share: 0.25)
  configuration.aggressive = AggressiveTraining(steps: 7, share: 0.25)
  configuration.latent.wordDropout = 0.4
  let read = try SentenceVAE.Configuration(json: configuration.json, name: "config.json")
  #expect(read == configuration)
  for (key, value, word) in [
    ("model_type", "mbart", "model_type"), ("seqae_format", 9, "newer"),
    ("latent_size", 0, "latent_size"),
    ("beta", "much", "beta"), ("transformer", 3, "transformer"),
    ("annealing", "later", "annealing"),
  ] as [(ByteString, JSON, String)] {
    var json = try #require(configuration.json.objectValue)
    json[key] = value
    let failure = #expect(throws: Failure.self) {
      try SentenceVAE.Configuration(json: .object(json), name: "config.json")
    }
    #expect(failure?.kind == .data)
    #expect(failure?.message.contains(word) == true)
  }
}

// MARK: The encoder ahead of the decoder

@Test func stepsOfTheEncoderComeBeforeEachOfTheDecoder() throws {
  let model = try vae(seed: 2) { $0.aggressive = AggressiveTraining(steps: 2, share: 0.5) }
  let batch = model.batch(model.clean(sixteenSentences))
  var optimizer = AdamW()
  func moved(_ step: Int, _ fraction: Double) -> [String] {
    let before = model.parameters.map { $0.tensor.floats() }
    let objectives = model.objectives(
      batch, .training(Random(seed: 4)), at: TrainingMoment(step: step, fraction: fraction))
    let (_, gradients) = withGradients(of: objectives[0].parameters) { objectives[0].loss() }
    _ = optimizer.step(objectives[0].parameters, gradients, rate: 1e-3, maximumNorm: nil)
    return zip(model.parameters, before).filter { $0.tensor.floats() != $1 }.map(\.0.name)
  }
  let all = model.parameters.map(\.name)
  // What q(z | x) depends on is the encoder and its heads; the embeddings are the decoder's too.
  let encoder = all.filter {
    $0.hasPrefix("model.encoder.") || $0.hasPrefix("latent.mean.")
      || $0.hasPrefix("latent.log_variance.")
  }
  #expect(encoder.count > 10 && encoder.count < all.count - 10)
  let both = Set(moved(3, 0.6))
  #expect(both.isSuperset(of: encoder) && both.contains("model.shared.weight"))
  for step in [1, 2, 4, 5] { #expect(moved(step, 0.1) == encoder) }
  for step in [3, 6] {
    #expect(Set(moved(step, 0.49)) == both.subtracting(encoder))
  }
  // Without a moment, as at the end of a run, all may move.
  #expect(model.objectives(batch, .inference)[0].parameters.map(\.name) == all)
}
