import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

// MARK: White noise

/// Vectors whose sizes differ: N(0, 1) times 1, 2, 3, ….
private func vectors(_ rows: Int, _ width: Int, on backend: any Backend) -> Tensor {
  let x = Random(seed: 3).normals([rows, width], on: backend)
  var values = x.floats()
  for index in values.indices { values[index] *= Float(index / width + 1) }
  return Tensor(values, [rows, width], on: backend)
}

private func rootMeanSquare(_ values: some Collection<Double>) -> Double {
  (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
}

private func dot(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

@Test(arguments: [0.05, 0.5, 2] as [Float])
func whiteNoiseIsAShareOfEachVectorsOwnSize(_ s: Float) {
  let (rows, width) = (20, 4000)
  for backend in [CPUBackend.shared, ReferenceBackend()] as [any Backend] {
    let e = vectors(rows, width, on: backend)
    let y = whiteNoise(e, s, .training(Random(seed: 5)))
    let (clean, noisy) = (e.doubles(), y.doubles())
    for row in 0..<rows {
      let range = row * width..<(row + 1) * width
      let noise = range.map { noisy[$0] - clean[$0] }
      let size = rootMeanSquare(range.map { clean[$0] })
      // The deviation of a mean of n draws is 1/√n, that of their root mean square 1/√2n: 4.5 of them.
      let bound = 4.5 / Double(width).squareRoot()
      let (share, mean) = (rootMeanSquare(noise) / size, noise.reduce(0, +) / Double(width))
      #expect(abs(share / Double(s) - 1) < bound)
      #expect(abs(mean) / (size * Double(s)) < bound)
      // White: what it adds to a value says nothing of the value, or of its neighbour.
      let (own, next) = (dot(noise, clean[range]), dot(noise, noise.dropFirst()))
      let unit = Double(width) * size * size * Double(s)
      #expect(abs(own) / unit < bound)
      #expect(abs(next) / (unit * Double(s)) < bound)
    }
  }
}

@Test func whiteNoiseIsOfTrainingAndOfItsSeed() {
  let e = vectors(3, 8, on: CPUBackend.shared)
  #expect(whiteNoise(e, 0.5, .inference).floats() == e.floats())
  #expect(whiteNoise(e, 0, .training(Random(seed: 1))).floats() == e.floats())
  func noisy(_ seed: UInt64) -> [Float] {
    whiteNoise(e, 0.5, .training(Random(seed: seed))).floats()
  }
  #expect(noisy(1) == noisy(1))
  #expect(noisy(1) != noisy(2))
  let half = whiteNoise(e.rounded(to: .bfloat16), 0.5, .training(Random(seed: 1)))
  #expect(half.dtype == .bfloat16)
}

@Test func theGradientOfWhiteNoiseCountsItsSize() throws {
  let reference = ReferenceBackend()
  let e = Random(seed: 8).normals([2, 3, 5], on: reference)
  #expect(
    gradientMismatch(at: [e]) { whiteNoise($0[0], 0.7, .training(Random(seed: 5))) } == nil)
  let zero = try ParameterStore(.fresh(Random(seed: 1))).root.parameter("zero", [2, 3], .zeros)
  let (_, gradients) = withGradients {
    whiteNoise(zero.tensor, 1, .training(Random(seed: 1))).sum()
  }
  #expect(gradients[zero]?.floats() == [1, 1, 1, 1, 1, 1])
}

// MARK: Dropout of the latent

@Test(arguments: [LatentDropout.standard(0.3), .spatial(0.3), .standard(0.1), .spatial(0.6)])
func latentDropoutDrawsForEachValueOrForWholeChannels(_ dropout: LatentDropout) throws {
  // A model whose states are the ones after dropout: those of inference, each dropped or scaled.
  var configuration = small()
  configuration.maximumPositions = 16
  configuration.width = 64
  let plain = try transformer(configuration)
  configuration.latentDropout = dropout
  let dropping = try transformer(configuration)
  let (texts, length, width) = (30, 9, 64)
  let rows = (0..<texts).map { text -> [Int32] in
    (0..<length).map { place -> Int32 in Int32(2 + (text * 7 + place * 3) % 10) }
  }
  let source = TokenBatch(rows, padding: 1)
  let clean = plain.encode(source, .inference).doubles()
  #expect(dropping.encode(source, .inference).doubles() == clean)
  let states = dropping.encode(source, .training(Random(seed: 4))).doubles()
  let kept = 1 / (1 - Double(dropout.rate))
  var isDropped: [Bool] = []
  for (state, before) in zip(states, clean) {
    isDropped.append(state == 0)
    let expected = before * kept
    #expect(state == 0 || abs(state - expected) < 1e-4 * max(1, abs(before)))
  }
  func channel(_ text: Int, _ place: Int) -> [Bool] {
    (0..<length).map { isDropped[(text * length + $0) * width + place] }
  }
  let channels = (0..<texts).flatMap { text in (0..<width).map { channel(text, $0) } }
  let whole = channels.count { Set($0).count == 1 }
  // Of 1,920 channels; a standard draw leaves one whole with probability below 0.9⁹ + 0.1⁹.
  #expect(dropout.kind == .spatial ? whole == channels.count : whole < channels.count / 2)
  let draws = dropout.kind == .spatial ? channels.map { $0[0] } : isDropped
  let share = Double(draws.count { $0 }) / Double(draws.count)
  let rate = Double(dropout.rate)
  let deviation = (rate * (1 - rate) / Double(draws.count)).squareRoot()
  #expect(abs(share - rate) < 4 * deviation)
}

@Test func aKindAndARateAreADropout() {
  for kind in LatentDropout.Kind.allCases {
    let dropout = LatentDropout(kind, rate: 0.25)
    #expect(dropout.kind == kind)
    #expect(dropout.rate == (kind == .none ? 0 : 0.25))
    #expect(LatentDropout(kind, rate: 0) == .none)
  }
}

// MARK: Within a Transformer

private func small() -> TransformerConfiguration {
  var configuration = TransformerConfiguration(vocabularySize: 12)
  configuration.width = 8
  configuration.heads = 2
  configuration.feedForward = 8
  configuration.encoderLayers = 1
  configuration.decoderLayers = 1
  configuration.maximumPositions = 8
  configuration.dropout = 0
  return configuration
}

private func transformer(
  _ configuration: TransformerConfiguration, on backend: any Backend = CPUBackend.shared
) throws -> Transformer {
  try Transformer(
    configuration, in: ParameterStore(.fresh(Random(seed: 4)), on: backend).root)
}

@Test func noiseOnEmbeddingsIsTheEncodersAndOfTraining() throws {
  var configuration = small()
  let plain = try transformer(configuration)
  configuration.embeddingNoise = 0.5
  let noisy = try transformer(configuration)
  let source = TokenBatch([[5, 6, 7, 2], [9, 10, 2]], padding: 1)
  let mode = { Mode.training(Random(seed: 6)) }
  let clean = plain.encode(source, .inference)
  #expect(noisy.encode(source, .inference).floats() == clean.floats())
  #expect(noisy.encode(source, mode()).floats() != clean.floats())
  #expect(noisy.encode(source, mode()).floats() == noisy.encode(source, mode()).floats())
  let target = TokenBatch([[2, 5, 6], [2, 9, 10]], padding: 1).ids
  let states = [plain, noisy].map {
    $0.decode(target, source: source, memory: clean, mode()).floats()
  }
  #expect(states[0] == states[1])
}

@Test(arguments: [LatentDropout.standard(0.4), .spatial(0.4)])
func gradientsThroughNoiseAndDropoutAreDerivatives(_ dropout: LatentDropout) throws {
  var configuration = small()
  configuration.embeddingNoise = 0.3
  configuration.latentDropout = dropout
  let reference = ReferenceBackend()
  let store = ParameterStore(.fresh(Random(seed: 4)), on: reference)
  let transformer = try Transformer(configuration, in: store.root)
  let source = TokenBatch([[5, 6, 7, 2], [9, 10, 2]], padding: 1, on: reference)
  let target = TokenBatch([[2, 5, 6, 5], [2, 6, 5]], padding: 1, on: reference).ids
  let labels = Tensor(integers: [5, 6, 5, 2, 6, 5, 2, -100], [8], on: reference)
  // A constant added to every key changes no softmax.
  let parameters = store.parameters.filter { !$0.name.hasSuffix("k_proj.bias") }
  let mismatch = gradientMismatch(parameters, tolerance: 1e-6) {
    transformer.loss(source: source, target: target, labels: labels, .training(Random(seed: 7)))
  }
  #expect(mismatch == nil)
}
