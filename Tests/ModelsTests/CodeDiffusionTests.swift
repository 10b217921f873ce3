import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private func estimator(
  size: Int = 2, on backend: any Backend = CPUBackend.shared,
  _ change: (inout NoiseEstimator.Configuration) -> Void = { _ in }
) throws -> (NoiseEstimator, ParameterStore) {
  var configuration = NoiseEstimator.Configuration()
  (configuration.width, configuration.layers, configuration.steps) = (64, 2, 100)
  change(&configuration)
  let store = ParameterStore(.fresh(Random(seed: 2)), on: backend)
  return (try NoiseEstimator(configuration, size: size, in: store), store)
}

private func isClose(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  abs(a - b) <= tolerance * abs(b)
}

// MARK: The schedule

@Test func aLinearScheduleAddsUpToWhatThePaperHas() {
  // β from 10⁻⁴ to 0.02 in 1000 steps: their sum is 1000 times the mean, and ᾱ their product, 4.0358e-5 (the value
  // of every implementation, in float64: prod(1 - linspace(1e-4, 0.02, 1000))).
  let schedule = NoiseSchedule(.linear, steps: 1000)
  let betas = (1...1000).map { schedule.beta($0) }
  #expect(isClose(betas[0], 1e-4, 1e-9))
  #expect(isClose(betas[999], 0.02, 1e-9))
  #expect(isClose(betas.reduce(0, +), 10.05, 1e-9))
  #expect(isClose(schedule.signal[1000], 4.0358e-5, 1e-4))
  // Fewer steps, each with more noise, come to the same.
  #expect(isClose(log(NoiseSchedule(.linear, steps: 250).signal[250]), log(4.0358e-5), 0.05))
}

@Test func aCosineScheduleIsASquaredCosine() {
  // The quotients of neighbours telescope: ᾱ_t = cos²(…t…)/cos²(…0…).
  let schedule = NoiseSchedule(.cosine, steps: 400)
  func f(_ t: Double) -> Double { pow(cos((t / 400 + 0.008) / 1.008 * .pi / 2), 2) }
  for t in [1, 100, 200, 390] {
    #expect(isClose(schedule.signal[t], f(Double(t)) / f(0), 1e-9))
  }
  #expect(schedule.beta(400) <= 0.999 + 1e-12)
  #expect(schedule.signal == schedule.signal.sorted(by: >))
}

@Test(arguments: NoiseSchedule.Kind.allCases)
func withEtaOneAStepIsTheDrawOfDDPM(_ kind: NoiseSchedule.Kind) {
  // Ho et al. 2020: mean 1/√α (x − β/√(1 − ᾱ) ε) (eq. 11), variance β (1 − ᾱ_{t−1})/(1 − ᾱ_t) (eq. 7).
  let schedule = NoiseSchedule(kind, steps: 50)
  for t in 1...50 {
    let (beta, now, before) = (schedule.beta(t), schedule.signal[t], schedule.signal[t - 1])
    let step = schedule.reverse(from: t, to: t - 1, eta: 1)
    let alpha = 1 - beta
    #expect(isClose(step.signal, 1 / alpha.squareRoot(), 1e-9))
    #expect(isClose(step.noise, -beta / (alpha * (1 - now)).squareRoot(), 1e-6))
    let variance = beta * (1 - before) / (1 - now)
    #expect(abs(step.deviation * step.deviation - variance) < 1e-12)
  }
}

@Test func withEtaZeroTheRightNoiseLeadsStraightBack() {
  let schedule = NoiseSchedule(.linear, steps: 1000)
  let (x, noise) = (0.7, -1.3)
  func at(_ t: Int) -> Double {
    schedule.signal[t].squareRoot() * x + (1 - schedule.signal[t]).squareRoot() * noise
  }
  for (t, s) in [(1000, 700), (700, 1), (1, 0)] {
    let step = schedule.reverse(from: t, to: s, eta: 0)
    #expect(step.deviation == 0)
    #expect(abs(step.signal * at(t) + step.noise * noise - at(s)) < 1e-9)
  }
}

@Test(
  arguments: NoiseSchedule.Kind.allCases, [(1000, 100), (1000, 1000), (100, 25), (4, 2), (1, 7)])
func aDrawBeginsWhereSomethingCanBeTold(
  _ kind: NoiseSchedule.Kind, _ size: (all: Int, visited: Int)
) {
  let schedule = NoiseSchedule(kind, steps: size.all)
  let steps = schedule.visited(size.visited)
  #expect(steps.last == 0 && zip(steps, steps.dropFirst()).allSatisfy { $0 > $1 })
  #expect(steps.count <= size.visited + 1)
  #expect(schedule.signal[steps[0]] >= 1e-3)
  #expect(steps[0] == size.all || schedule.signal[steps[0] + 1] < 1e-3)
  // So no step makes more of an error in ε than 1/√ᾱ: at most 32 times as much.
  for (t, s) in zip(steps, steps.dropFirst()) {
    #expect(abs(schedule.reverse(from: t, to: s, eta: 0).noise) < 32)
  }
}

// MARK: Noise and its estimate

@Test func noisedVectorsHaveTheMomentsOfTheirStep() throws {
  let (model, _) = try estimator()
  let count = 100_000
  let (t, x) = (30, 1.5)
  let vectors = Tensor([Float](repeating: Float(x), count: count), [count / 2, 2])
  let (noisy, _) = model.noised(
    vectors, at: [Int](repeating: t, count: count / 2), using: Random(seed: 4))
  let values = noisy.doubles()
  let mean = values.reduce(0, +) / Double(count)
  let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
  let signal = model.schedule.signal[t]
  // The deviations of a mean, √(v/n), and of a variance, v √(2/n): 4 of them.
  let n = Double(count)
  #expect(abs(mean - signal.squareRoot() * x) < 4 * ((1 - signal) / n).squareRoot())
  #expect(abs(variance - (1 - signal)) < 4 * (1 - signal) * (2 / n).squareRoot())
}

@Test func theGradientOfTheEstimateIsThatOfDifferences() throws {
  let (model, store) = try estimator(size: 3, on: ReferenceBackend()) {
    ($0.width, $0.layers) = (6, 2)
  }
  let x = Random(seed: 3).normals([4, 3], on: ReferenceBackend())
  let mismatch = gradientMismatch(store.parameters, tolerance: 1e-6) {
    model.losses(x, using: Random(seed: 7))
  }
  #expect(mismatch == nil)
}

@Test(arguments: [(1.0, 100), (0.0, 25)])
func twoGaussiansAreLearnt(_ eta: Double, _ visited: Int) throws {
  // Half at (1, −1), half at (−1, 1), deviations 0.2.
  let (model, store) = try estimator {
    ($0.eta, $0.samplingSteps) = (Float(eta), visited)
  }
  let random = Random(seed: 9)
  var optimizer = AdamW()
  for _ in 0..<700 {
    let values = (0..<128).flatMap { row -> [Float] in
      let sign: Float = row % 2 == 0 ? 1 : -1
      return [sign, -sign].map { $0 + 0.2 * Float(random.normal()) }
    }
    let x = Tensor(values, [128, 2])
    let (_, gradients) = withGradients { Loss(model.losses(x, using: random).mean()) }
    _ = optimizer.step(store.parameters, gradients, rate: 2e-3, maximumNorm: 1)
  }
  let count = 600
  let drawn = model.draw((0..<count).map { Random(seed: 1).child(UInt64($0)) })
  let near = drawn.filter { abs(abs($0[0]) - 1) < 0.8 && abs($0[0] + $0[1]) < 1 }
  #expect(near.count > count * 95 / 100)
  let first = drawn.filter { $0[0] > 0 }
  #expect(abs(Double(first.count) / Double(count) - 0.5) < 0.12)
  let mean = first.reduce(0) { $0 + Double($1[0]) } / Double(first.count)
  let variance = first.reduce(0) { $0 + pow(Double($1[0]) - mean, 2) } / Double(first.count)
  #expect(abs(mean - 1) < 0.1)
  #expect((0.1...0.35).contains(variance.squareRoot()))
}

@Test func aDrawDependsOnItsOwnGeneratorAlone() throws {
  let (model, _) = try estimator { $0.samplingSteps = 5 }
  let all = model.draw((0..<3).map { Random(seed: 1).child($0) })
  let last = model.draw([Random(seed: 1).child(2)])[0]
  #expect(zip(all[2], last).allSatisfy { abs($0 - $1) < 1e-5 })
  #expect(all[0] != all[1])
}

// MARK: Over an autoencoder

private func diffusion() throws -> CodeDiffusion {
  var configuration = CodeDiffusion.Configuration(
    SentenceAutoencoder.Configuration(try latentSizes()))
  (configuration.estimator.width, configuration.estimator.samplingSteps) = (16, 4)
  return try CodeDiffusion(
    configuration, tokenizer: try sentenceTokenizer(), in: ParameterStore(.fresh(Random(seed: 3))))
}

@Test func onlyTheEstimatorLearns() throws {
  let model = try diffusion()
  let batch = model.batch(model.clean(sixteenSentences))
  let before = model.posterior(batch).mean.floats()
  let first = try #require(model.judgement(batch, using: Random(seed: 1)))
  // It says nothing at first: the mean square of N(0, 1).
  #expect(isClose(first.sum / 16, -1, 0.4))
  model.learn(batch, steps: 100)
  #expect(model.posterior(batch).mean.floats() == before)
  let second = try #require(model.judgement(batch, using: Random(seed: 1)))
  #expect(second.sum > first.sum)
}

@Test func drawnCodesHaveTheScaleOfTheCodes() throws {
  let model = try diffusion()
  func drawn() throws -> [[Float]] {
    let random = (0..<3).map { Random(seed: 1).child($0) }
    return try #require(model.draw(random, labels: [])).map(\.vector)
  }
  let plain = try drawn()
  model.standardize(
    mean: [Double](repeating: 5, count: 8), deviation: [0, 2, 2, 2, 2, 2, 2, 2])
  let scaled = try drawn()
  #expect(abs(scaled[0][0] - (5 + plain[0][0])) < 1e-4)
  #expect(abs(scaled[0][1] - (5 + 2 * plain[0][1])) < 1e-4)
}

@Test func aDiffusionConfigurationComesBackFromItsFile() throws {
  var autoencoder = SentenceAutoencoder.Configuration(try latentSizes())
  autoencoder.sparsity = .kl
  var configuration = CodeDiffusion.Configuration(autoencoder)
  configuration.estimator.schedule = .linear
  configuration.estimator.eta = 0
  let json = configuration.json
  #expect(try CodeDiffusion.Configuration(json: json, name: "config.json") == configuration)
}
